from workers.embedded.keys import Keys


def test_keys_are_kept_private_and_stay_the_same(tmp_path):
    file = tmp_path / "secrets.json"
    key = Keys(file).get("postgres")
    assert file.stat().st_mode & 0o777 == 0o600
    assert Keys(file).get("postgres") == key
    assert Keys(file).get("s3") != key
