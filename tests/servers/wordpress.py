"""A WordPress of Debian's packages on loopback: unpacked into a cache, MariaDB beside it, served by PHP itself.

Nothing is installed into the system. It skips with the reason where packages cannot be had or do not run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.helpers.ports import free_port
from tests.servers.installing import CACHE, listens, run, started

PACKAGES = [
    "wordpress", "wordpress-theme-twentytwentythree", "php-getid3", "php8.2-cli", "php8.2-common", "php8.2-mysql",
    "mariadb-server", "mariadb-server-core", "mariadb-client-core", "mariadb-common", "liburing2", "libaio1",
    "libsodium23", "libargon2-1", "libedit2", "libxml2", "libicu72",
]  # fmt: skip
EXTENSIONS = ("ctype", "iconv", "tokenizer", "mysqlnd", "mysqli")
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '%(url)s'); define('WP_SITEURL', '%(url)s');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """define('WP_INSTALLING', true); require 'wp-load.php'; require 'wp-admin/includes/upgrade.php';
wp_install('Example blog', 'ann', 'ann@example.org', true, '', 'example', 'en_US');
update_option('comment_moderation', 0); update_option('comment_previously_approved', 0);
wp_delete_post(1, true); wp_delete_post(2, true);"""


@dataclass
class WordPress:
    """A blog; `php` runs a line of PHP inside it and returns what it echoes as JSON."""

    root: Path
    site: Path
    url: str

    def php(self, code: str, **given: Any) -> Any:
        """Values are given as $name."""
        values = json.dumps(given)
        whole = f"chdir('{self.site}'); extract(json_decode(stream_get_contents(STDIN), true)); {code}"
        done = subprocess.run(
            [*php(self.root), "-r", whole], input=values, capture_output=True, text=True, timeout=120,
            env=os.environ | libraries(self.root), check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"PHP ended with {done.returncode}: {done.stderr or done.stdout}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def do(self, call: str, **given: Any) -> Any:
        """Call one of WordPress's own functions."""
        code = f"$_SERVER['HTTP_HOST'] = '127.0.0.1'; require 'wp-load.php'; echo json_encode({call});"
        return self.php(code, **given)


def unpacked() -> Path:
    """Return the folder that the packages are unpacked in."""
    root = CACHE / "bookworm-wordpress"
    if root.is_dir():
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("WordPress is fetched by apt, and this is no Debian")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as text:
        folder = Path(text)
        run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES, folder=folder, patience=300)
        for package in folder.glob("*.deb"):
            run("dpkg-deb", "-x", package.name, "root", folder=folder)
        (folder / "root").rename(root)
    return root


def libraries(root: Path) -> dict[str, str]:
    """What a program of the packages needs to find theirs."""
    return {"LD_LIBRARY_PATH": str(root / "usr/lib/x86_64-linux-gnu")}


def php(root: Path) -> list[str]:
    modules = next((root / "usr/lib/php").glob("20*"))
    options = [f"extension_dir={modules}", *(f"extension={name}" for name in EXTENSIONS), "memory_limit=256M"]
    return [str(root / "usr/bin/php8.2"), "-n", *(part for option in options for part in ("-d", option))]


@contextmanager
def wordpress(folder: Path) -> Iterator[WordPress]:
    """Run a fresh blog without posts, its own database beside it; `folder` has a short path (a socket's limit)."""
    root = unpacked()
    env = libraries(root)
    place, data = folder / "s", folder / "data"
    given = ["--no-defaults", f"--basedir={root / 'usr'}", f"--datadir={data}"]
    user = ["--user=root"] if os.geteuid() == 0 else []
    path = f"{root / 'usr/bin'}:{root / 'usr/sbin'}:{os.environ['PATH']}"
    run(
        "env", f"LD_LIBRARY_PATH={env['LD_LIBRARY_PATH']}", f"PATH={path}", root / "usr/bin/mariadb-install-db",
        *given, *user, "--auth-root-authentication-method=normal", "--skip-test-db",
    )  # fmt: skip
    port = free_port()
    shutil.copytree(root / "usr/share/wordpress", folder / "site", symlinks=False, ignore_dangling_symlinks=True)
    blog = WordPress(root, folder / "site", f"http://127.0.0.1:{port}")
    (blog.site / "wp-config.php").write_text(CONFIG % {"socket": place, "url": blog.url})
    server = [str(root / "usr/sbin/mariadbd"), *given, *user, f"--socket={place}", "--skip-networking",
              f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=16M"]  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(started(*server, ready=place.exists, log=folder / "mariadb.log", patience=120, **env))
        blog.php("$c = mysqli_init(); $c->real_connect('localhost', 'root', '', null, 0, $socket);"
                 " $c->query('create database wordpress');", socket=str(place))  # fmt: skip
        blog.php(f"$_SERVER['HTTP_HOST'] = '127.0.0.1'; {INSTALL}")
        served = [*php(root), "-S", f"127.0.0.1:{port}", "-t", str(blog.site)]
        stack.enter_context(started(*served, ready=listens(port), log=folder / "php.log", **env))
        yield blog
