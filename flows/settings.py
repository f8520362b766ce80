"""Where Vigie lives and which doors it opens: every setting, read from `VIGIE_*` environment variables."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


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
    prefect_database_url: SecretStr | None = Field(
        None,
        description="Prefect's own database. Unset: one beside the warehouse, named after it (`vigie_prefect`), "
        "made if missing.",
    )
    host: str = Field("127.0.0.1", description="Address that the app and Prefect's server listen on.")
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
    page_size: int = Field(2000, ge=1, le=100_000, description="Records a page (a transaction) of a file.")
    dbt_threads: int = Field(2, ge=1, le=64, description="dbt models built at the same time.")
    data: Path = Field(
        Path("../shared/data"), description="Real archives for tests and benchmarks; tests skip without them."
    )

    @property
    def home_path(self) -> Path:
        """`home` as an absolute path, made on first use, readable by its owner alone where it matters."""
        path = self.home.expanduser().resolve()
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def prefect_api_url(self) -> str:
        """Address of Prefect's API as this machine reaches it."""
        return f"http://{self.host}:{self.prefect_port}/api"

    @property
    def prefect_url(self) -> str:
        """Address of Prefect's UI as a person opens it."""
        return f"http://{self.host}:{self.prefect_port}"

    @property
    def app_url(self) -> str:
        """Address of the app as a person opens it."""
        return f"http://{self.host}:{self.app_port}"


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
