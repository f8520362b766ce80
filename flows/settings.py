"""Where Vigie lives and which doors it opens: every setting, read from `VIGIE_*` environment variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"


def _split(separator: str) -> BeforeValidator:
    def split(value: Any) -> Any:
        return [one.strip() for one in value.split(separator) if one.strip()] if isinstance(value, str) else value

    return BeforeValidator(split)


Words: TypeAlias = Annotated[tuple[str, ...], NoDecode, _split(",")]
Folders: TypeAlias = Annotated[tuple[Path, ...], NoDecode, _split(os.pathsep)]
# What somebody may be in the app; `app/shared/access.py` says what each may see.
RoleName: TypeAlias = Literal["manager", "agent", "analyst", "data engineer", "privacy officer"]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Settings(BaseSettings):
    """Vigie's settings. Each is an environment variable: `VIGIE_` followed by the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_", extra="ignore")

    home: Path = Field(
        Path(".vigie"),
        description="Folder of all state: database files, logs, dbt's and Prefect's own files.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="A Postgres of your own, as postgresql://user:password@host:port/database. "
        "Unset: an embedded Postgres under VIGIE_HOME.",
    )
    app_database_url: SecretStr | None = Field(
        None,
        description="The warehouse as the app's role, with a Postgres of your own. Unset: the embedded server's.",
    )
    analyst_database_url: SecretStr | None = Field(
        None,
        description="The warehouse as the analysts' role, with a Postgres of your own: what `vigie dbt-env` "
        "prints. Unset: the embedded server's.",
    )
    prefect_database_url: SecretStr | None = Field(
        None,
        description="Prefect's own database. Unset: one beside the warehouse, named after it (`vigie_prefect`), "
        "made if missing.",
    )
    host: str = Field("127.0.0.1", description="Address that the app and Prefect's server listen on.")
    allowed_hosts: str = Field(
        "",
        pattern=r"^\s*((\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d+)?\s*(,\s*|$))*$",
        description="Names and addresses, separated by commas, by which browsers reach the app and Prefect besides "
        "VIGIE_HOST, as through a proxy; with the port where their address shows one. Others get nothing.",
    )
    prefect_auth: SecretStr | None = Field(
        None,
        description="Sign-in of Prefect's API and UI, as user:password. Unset: one made on first use and kept in "
        "VIGIE_HOME/prefect.auth.",
    )
    sign_in_metadata: str | None = Field(
        None,
        description="Address of your OpenID provider's metadata (…/.well-known/openid-configuration): the app asks "
        "it who comes. Unset: the app asks nobody, and answers this machine alone.",
    )
    sign_in_client: str | None = Field(None, description="Client id that the provider gave the app.")
    sign_in_secret_file: Path | None = Field(None, description="File that holds the secret of that client.")
    sign_in_scope: str = Field(
        "openid email profile",
        description="What the provider is asked for; some give groups for a scope of their own.",
    )
    sign_in_name_claim: str = Field(
        "email", description="Claim of the ID token that says who somebody is: it stands with what they decide."
    )
    sign_in_role_claim: str = Field("groups", description="Claim of the ID token that holds groups or roles.")
    sign_in_roles: dict[str, RoleName] = Field(
        {},
        description='Role in the app by a value of that claim, as JSON: `{"crm-leads": "manager", "support": '
        '"agent"}`. Roles are manager, agent, analyst, data engineer, privacy officer.',
    )
    sign_in_hours: int = Field(
        12,
        ge=1,
        le=24 * 30,
        description="Hours after which somebody signs in again; a role taken away ends by then.",
    )
    public_url: str | None = Field(
        None,
        description="Address by which people open the app, where it is not VIGIE_HOST and VIGIE_APP_PORT: "
        "`https://vigie.example`. Sign-in leads back to it; the name is allowed without VIGIE_ALLOWED_HOSTS.",
    )
    app_port: int = Field(8501, ge=1, le=65535, description="Port of the Streamlit app.")
    prefect_port: int = Field(4200, ge=1, le=65535, description="Port of Prefect's server and UI.")
    docs_port: int = Field(8580, ge=1, le=65535, description="Port of the dbt project's documentation.")
    feed_port: int = Field(8512, ge=1, le=65535, description="Port of the demo's feed.")
    contact: str | None = Field(
        None,
        max_length=200,
        pattern=r"^[^\s()]+$",
        description="A page or mail address of whoever runs this, sent with every request to a site; "
        "a source's own `contact` wins.",
    )
    secrets: Words = Field(
        (),
        description="Secrets that sources may use, and where each may be sent: NAME@host, with commas between. "
        "NAME is an environment variable; the host may have a port, or be *.domain. No other is read.",
    )
    file_roots: Folders = Field(
        (),
        description="Folders that configured sources may read files of, besides VIGIE_HOME/inbox; separated as in "
        "PATH. `vigie import` reads any file.",
    )
    allowed_private: Words = Field(
        (),
        description="Private hosts and networks that sources may ask, if they list them too: host, host:port, "
        "10.1.0.0/16, with commas between.",
    )
    page_size: int = Field(2000, ge=1, le=100_000, description="Records a page (a transaction) of a file.")
    dbt_threads: int = Field(2, ge=1, le=64, description="dbt models built at the same time.")
    understand: str = Field(
        "fast",
        pattern=r"^\s*[\w.-]+\s*(,\s*[\w.-]+\s*)*$",
        description="Who reads what messages say: `off`; `fast`; `standard` (fast for all, then the better one as "
        "time allows); or names of analysers, with commas between: the first reads everything, the others refine.",
    )
    understand_seconds: int = Field(
        300, ge=0, description="Seconds of a refresh that analysers after the first may take; the rest waits."
    )
    understand_onnx: Path | None = Field(
        None, description="YAML file of the analyser `onnx`: classifiers of your own in folders of this machine."
    )
    understand_endpoint: Path | None = Field(
        None, description="YAML file of the analyser `endpoint`: a server that speaks OpenAI's chat completions."
    )
    understand_processes: int = Field(2, ge=1, le=64, description="Processes that read texts at the same time.")
    meaning: Literal["off", "refined", "all"] = Field(
        "refined",
        description="Customers' texts whose meaning is kept, for search by it and topics that nobody declared: "
        "`refined` (those that `standard` or `cascade` read), `all` (a core reads some 150 a second) or `off`.",
    )
    meaning_seconds: int = Field(120, ge=0, description="Seconds of a refresh that this may take; the rest waits.")
    data: Path = Field(
        Path("../shared/data"), description="Real archives for tests and benchmarks; tests skip without them."
    )

    @property
    def analysers(self) -> tuple[str, ...]:
        """Names of the analysers that `understand` asks for, in their turn; none where it is off."""
        known: dict[str, tuple[str, ...]] = {"off": (), "standard": ("fast", "standard")}
        return known.get(self.understand.strip(), tuple(n.strip() for n in self.understand.split(",")))

    @property
    def home_path(self) -> Path:
        """`home` as an absolute path, made on first use; what only its owner may read has a `folder` in it."""
        path = self.home.expanduser().resolve()
        path.mkdir(parents=True, exist_ok=True)
        return path

    def folder(self, name: str) -> Path:
        """A folder in `home`, made for its owner alone; one that is there stays as it is."""
        path = self.home_path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def inbox(self) -> Path:
        """Folder whose files configured sources may read."""
        return self.home.expanduser().resolve() / "inbox"

    @property
    def proxy_names(self) -> list[str]:
        """`allowed_hosts` one by one, and that of `public_url`."""
        names = [name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip()]
        return names + ([urlsplit(self.public_url).netloc.lower()] if self.public_url else [])

    @property
    def url_host(self) -> str:
        """Host of this machine's servers in an address: `host`, or loopback where they listen on all addresses."""
        known = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (compared with, not listened on)
        return known.get(self.host, f"[{self.host}]" if ":" in self.host else self.host).lower()

    @property
    def prefect_api_url(self) -> str:
        """Address of Prefect's API as this machine reaches it."""
        return f"{self.prefect_url}/api"

    @property
    def prefect_url(self) -> str:
        """Address of Prefect's UI as a person at this machine opens it."""
        return f"http://{self.url_host}:{self.prefect_port}"

    @property
    def is_on_loopback(self) -> bool:
        """Whether the servers listen on this machine alone."""
        return self.url_host in LOOPBACK and self.host not in {"0.0.0.0", "::"}  # noqa: S104  (as above)

    @property
    def app_url(self) -> str:
        """Address of the app as a person at this machine opens it."""
        return f"http://{self.url_host}:{self.app_port}"


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
