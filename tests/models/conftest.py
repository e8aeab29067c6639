import pytest, psycopg, secrets
from models.settings import Settings
from models.session import Database
from models.migrations import upgrade
@pytest.fixture(scope="session")
def settings():
    base="postgresql://workshop:secret@127.0.0.1:15999/"
    name="x_lead_"+secrets.token_hex(3)
    with psycopg.connect(base+"postgres",autocommit=True) as c: c.execute(f"create database {name}")
    upgrade(base+name)
    yield Settings(database_url=base+name)
    with psycopg.connect(base+"postgres",autocommit=True) as c: c.execute(f"drop database {name} with (force)")
@pytest.fixture
async def database(settings):
    d=Database(settings); yield d; await d.close()
