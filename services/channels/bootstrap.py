"""The first channel, made at boot from the WHATSAPP_* settings when nobody added it yet."""

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from services.channels import write
from services.channels.write import ChannelForm
from services.vault import Vault
from settings import Settings
from store import channels
from store.channels import ChannelRow


async def from_settings(
    session: AsyncSession, vault: Vault, settings: Settings
) -> ChannelRow | None:
    """The new channel; None when settings are missing or the number is known, removed ones included.

    Without an app secret no webhook could be believed, so all of token, number, account and app
    secret must be there; the verify token is made up when it is missing.
    """
    form = ChannelForm(
        name="WhatsApp",
        phone_number_id=settings.whatsapp_phone_number_id or "",
        waba_id=settings.whatsapp_waba_id or "",
        access_token=_reveal(settings.whatsapp_access_token),
        app_secret=_reveal(settings.whatsapp_app_secret),
        verify_token=_reveal(settings.whatsapp_webhook_verify_token),
        api_url=settings.whatsapp_api_url,
        api_version=settings.whatsapp_api_version,
    )
    if not all((form.phone_number_id, form.waba_id, form.access_token, form.app_secret)):
        return None
    if await channels.by_phone_number(session, form.phone_number_id.strip()) is not None:
        return None
    return await write.add(
        session, vault, form, actor=SYSTEM, allow_local=settings.whatsapp_allow_local
    )


def _reveal(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
