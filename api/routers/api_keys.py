"""API keys: made by people, for programs; shown once."""

from models.repositories.api_keys import ApiKeys
from models.repositories.audit import Audit
from models.secrets import new_api_key

from ..deps import InPerson, RequestId, Work
from ..routing import Router
from ..schemas.api_keys import ApiKeyList, ApiKeyView, NewApiKey, NewApiKeyView

router = Router("/api/users/me/api-keys", "api keys")


@router.post("", status_code=201)
async def make_key(caller: InPerson, body: NewApiKey, work: Work, request_id: RequestId) -> NewApiKeyView:
    """A new key; this answer is the only one that shows it."""
    key = new_api_key()
    opened = await ApiKeys(work.session).open(caller.user_id, key, body.name, list(body.scopes), body.expires_at)
    await Audit(work.session, request_id).record(caller.user_id, "api_key.make", opened.id, scopes=opened.scopes)
    return NewApiKeyView(**ApiKeyView.model_validate(opened).model_dump(), key=key)


@router.get("")
async def my_keys(caller: InPerson, work: Work) -> ApiKeyList:
    """My keys, without what is secret of them."""
    keys = await ApiKeys(work.session).of_user(caller.user_id)
    return ApiKeyList(data=[ApiKeyView.model_validate(each) for each in keys])


@router.delete("/{key_id}", status_code=204)
async def revoke_key(caller: InPerson, key_id: str, work: Work, request_id: RequestId) -> None:
    """The key is refused from now on."""
    await ApiKeys(work.session).revoke(caller.user_id, key_id)
    await Audit(work.session, request_id).record(caller.user_id, "api_key.revoke", key_id)
