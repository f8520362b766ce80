/* A wall clock that is CLOCK_AHEAD seconds ahead of the machine's, for a whole tree of processes (LD_PRELOAD).

   Only the wall clock moves: sleeps and timeouts, which count on the monotonic clock, stay as they are. Files that
   were made since CLOCK_SINCE (the machine's seconds when all began) bear times of the moved clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

static time_t ahead, since;

__attribute__((constructor)) static void prepare(void) {
    const char *seconds = getenv("CLOCK_AHEAD"), *begin = getenv("CLOCK_SINCE");
    ahead = seconds ? atoll(seconds) : 0;
    since = begin ? atoll(begin) : 0;
}

#define SYSTEM(name) \
    static __typeof__(&name) of_system; \
    if (!of_system) \
        of_system = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t clock, struct timespec *moment) {
    SYSTEM(clock_gettime);
    int failed = of_system(clock, moment);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        moment->tv_sec += ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict moment, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    moment->tv_sec = now.tv_sec;
    moment->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *moment) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (moment)
        *moment = now.tv_sec;
    return now.tv_sec;
}

/* Who waits until a moment of the moved clock waits until that of the machine's; a monotonic clock's is far smaller. */
static const struct timespec *until(const struct timespec *moment, struct timespec *real) {
    if (moment->tv_sec < since + ahead)
        return moment;
    *real = *moment;
    real->tv_sec -= ahead;
    return real;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict moment) {
    static __typeof__(&pthread_cond_timedwait) of_system;
    struct timespec real;
    if (!of_system) /* the oldest version has another condition */
        of_system = (__typeof__(of_system))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!of_system)
        of_system = (__typeof__(of_system))dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    return of_system(condition, mutex, until(moment, &real));
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict moment) {
    SYSTEM(sem_timedwait);
    struct timespec real;
    return of_system(semaphore, until(moment, &real));
}

/* A time that somebody has set stays as it was set. */
static void move(struct timespec *moment) {
    if (since <= moment->tv_sec && moment->tv_sec < since + ahead)
        moment->tv_sec += ahead;
}

static int moved(int failed, struct stat64 *file) {
    if (!failed) {
        move(&file->st_atim);
        move(&file->st_mtim);
        move(&file->st_ctim);
    }
    return failed;
}

int stat64(const char *restrict path, struct stat64 *restrict file) {
    SYSTEM(stat64);
    return moved(of_system(path, file), file);
}

int lstat64(const char *restrict path, struct stat64 *restrict file) {
    SYSTEM(lstat64);
    return moved(of_system(path, file), file);
}

int fstat64(int number, struct stat64 *file) {
    SYSTEM(fstat64);
    return moved(of_system(number, file), file);
}

int fstatat64(int folder, const char *restrict path, struct stat64 *restrict file, int flags) {
    SYSTEM(fstatat64);
    return moved(of_system(folder, path, file, flags), file);
}
