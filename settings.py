"""The one frozen Settings object, read from the environment by the composition roots."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.automations.guards import MESSAGES_PER_HOUR, STARTS_PER_MINUTE
from domain.contacts import timezones
from domain.lives import DAYS, FEWEST_MONTHS, JOURNAL_DAYS, MESSAGE_MONTHS


class Settings(BaseSettings):
    """Every environment variable the product reads; docs/settings.md documents each one."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    # Where things are
    data_dir: Path = Field(default=Path("data"), validation_alias="WHATSWAY_DATA_DIR")
    database_url: str | None = None
    database_owner_url: str | None = None  # read by `whatsway migrate` only
    temporal_address: str | None = None
    temporal_namespace: str = "default"
    temporal_ui_url: str = "http://127.0.0.1:8233"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool | None = None  # unset: on if a setting below or the key needs it
    temporal_tls_server_ca_cert_path: FilePath | None = None
    temporal_tls_server_name: str | None = None
    temporal_tls_client_cert_path: FilePath | None = None
    temporal_tls_client_key_path: FilePath | None = Field(default=None, validate_default=True)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(
        default_factory=lambda data: f"http://127.0.0.1:{data.get('port', 8000)}"
    )
    simulator_url: str | None = None
    worker_ready_file: Path | None = None  # the worker writes its pid there once it polls

    # Secrets
    session_secret: SecretStr | None = None
    encryption_keys: SecretStr | None = None  # comma-separated, newest first

    # Behaviour
    environment: str = Field(default="production", validation_alias="WHATSWAY_ENVIRONMENT")
    log_level: str = "INFO"
    session_hours: int = 24 * 7
    database_pool_size: int = 10
    message_months: int = Field(default=MESSAGE_MONTHS, ge=FEWEST_MONTHS)
    media_days: int = DAYS
    audit_days: int = Field(default=DAYS, ge=1)
    journal_days: int = Field(default=JOURNAL_DAYS, ge=7)
    upload_max_bytes: int = 64 * 1024 * 1024
    time_zone: str = Field(default="UTC", validation_alias="WHATSWAY_TIME_ZONE")  # of automations
    automation_starts_per_minute: int = Field(default=STARTS_PER_MINUTE, ge=1)
    automation_messages_per_hour: int = Field(default=MESSAGES_PER_HOUR, ge=1)

    # E-mail about alerts; without a host and a sender there is none
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    alert_email_to: str | None = None  # comma-separated; unset: every administrator
    alert_email_minutes: int = Field(default=30, ge=1)

    # WhatsApp: token and number id create the first channel at boot; Meta supplies the rest
    whatsapp_api_url: str = "https://graph.facebook.com"
    whatsapp_api_version: str | None = Field(default=None, pattern=r"^v\d{1,3}\.\d{1,2}$")
    whatsapp_access_token: SecretStr | None = None
    whatsapp_phone_number_id: str | None = None
    whatsapp_waba_id: str | None = None
    whatsapp_app_secret: SecretStr | None = None
    whatsapp_webhook_verify_token: SecretStr | None = None
    automation_allow_local: bool = False  # requests of automations may go to private addresses
    whatsapp_allow_local: bool = False  # channels may call the simulator: http, any host and port

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in timezones():
            raise ValueError("it is the name of a time zone, such as Europe/Madrid")
        return name

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _can_be_read(cls, url: str | None) -> str | None:
        """The error is not quoted, as it may contain part of the password."""
        if not url:
            return None
        scheme, _, rest = url.partition("://")
        hosts = rest.partition("/")[0].rpartition("@")[2]
        try:
            ports = [urlsplit(f"//{host}").port for host in hosts.split(",")]
        except ValueError:
            ports = []
        if scheme not in {"postgres", "postgresql"} or not ports:
            raise ValueError(
                "it is written postgresql://user:password@host:port/name, with characters in the password other than letters and digits percent-encoded"
            )
        return url

    @field_validator("temporal_tls_client_key_path")
    @classmethod
    def _belongs_to_a_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        certificate = info.data.get("temporal_tls_client_cert_path")
        if (key is None) is not (certificate is None):
            raise ValueError("a client certificate and its key must be set together")
        return key

    @property
    def has_temporal_tls(self) -> bool:
        """Never send an API key in the clear just because a setting was forgotten."""
        if self.temporal_tls is not None:
            return self.temporal_tls
        return any(
            (
                self.temporal_api_key,
                self.temporal_tls_server_ca_cert_path,
                self.temporal_tls_server_name,
                self.temporal_tls_client_cert_path,
            )
        )

    @property
    def is_demo(self) -> bool:
        """Demo mode relaxes nothing but cookie transport: plain http on loopback."""
        return self.environment == "demo"
