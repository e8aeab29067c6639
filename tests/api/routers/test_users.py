"""What people do with their own account."""

from sqlalchemy import select

from models.tables import Account, User


async def test_name_and_language_change_and_the_rest_stays(person):
    answer = await person.http.patch("/api/users/me", json={"language": "en"})
    assert answer.status_code == 200
    assert (answer.json()["language"], answer.json()["name"]) == ("en", "Lin")


async def test_nobody_makes_themselves_an_admin(person):
    answer = await person.http.patch("/api/users/me", json={"role": "admin"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == "role"
    assert (await person.http.get("/api/auth/me")).json()["role"] == "user"


async def test_a_new_password_ends_the_other_sessions_only(http, person):
    login = {"email": person.email, "password": person.password}
    elsewhere = (await http.post("/api/auth/login", json=login)).json()["session"]["token"]
    change = {"current_password": person.password, "new_password": "something else"}
    assert (await person.http.post("/api/users/me/password", json=change)).status_code == 204
    http.cookies.clear()
    there = await http.get("/api/auth/me", headers={"Authorization": f"Bearer {elsewhere}"})
    assert (there.status_code, (await person.http.get("/api/auth/me")).status_code) == (401, 200)
    assert (await http.post("/api/auth/login", json=login)).status_code == 401


async def test_the_current_password_is_asked_for(person):
    change = {"current_password": "a guess", "new_password": "something else"}
    answer = await person.http.post("/api/users/me/password", json=change)
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == "current_password"


async def test_sessions_are_listed_and_ended_one_by_one_or_all_but_this(http, person):
    for _ in range(3):
        http.cookies.clear()
        await http.post("/api/auth/login", json={"email": person.email, "password": person.password})
    sessions = (await person.http.get("/api/users/me/sessions")).json()["data"]
    assert len(sessions) == 4 and [each["current"] for each in sessions] == [False, False, False, True]
    assert (await person.http.delete(f"/api/users/me/sessions/{sessions[0]['id']}")).status_code == 204
    assert (await http.get("/api/auth/me")).status_code == 401
    assert (await person.http.delete("/api/users/me/sessions")).status_code == 204
    assert [each["id"] for each in (await person.http.get("/api/users/me/sessions")).json()["data"]] == [
        sessions[3]["id"]
    ]


async def test_a_strangers_session_is_not_there(person, sign_up):
    stranger = await sign_up()
    [session] = (await stranger.http.get("/api/users/me/sessions")).json()["data"]
    answer = await person.http.delete(f"/api/users/me/sessions/{session['id']}")
    assert answer.status_code == 404 and answer.json()["code"] == "not_found"
    assert (await stranger.http.get("/api/auth/me")).status_code == 200


async def test_a_deleted_user_leaves_no_name_but_a_row_and_the_address_is_free(app, http, person):
    key = (await person.http.post("/api/users/me/api-keys", json={"name": "ci"})).json()["key"]
    assert (await person.http.delete("/api/users/me")).status_code == 204
    for token in (person.token, key):
        answer = await http.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    async with app.state.platform.database.transaction() as session:
        user = (await session.execute(select(User).where(User.id == person.user["id"]))).scalar_one()
        account = (await session.execute(select(Account).where(Account.id == user.account_id))).scalar_one()
    assert user.deleted_at is not None and user.name == account.name == "" and person.email not in user.email
    again = {"email": person.email, "password": person.password, "name": "x"}
    assert (await http.post("/api/auth/login", json=again | {"name": "x"})).status_code == 422
    assert (await http.post("/api/auth/register", json=again)).status_code == 201
