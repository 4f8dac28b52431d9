#!/usr/bin/env python3
"""Makes one small store for every schema that there has been: schemas/NUMBER-MIGRATION.store beside this script.

The tables are made by the statements of each migration as they were in the commit that brought it (git history), not by those of
today. Each store holds five jobs of the tests' engine: one succeeded with its image, one failed, one cancelled, one that a process which
is dead was running, with saved progress, and one queued under an idempotency key; and a tombstone. Pages have 512 bytes, so that the
files are small.

    python3 Tests/Fixtures/stores/make_schemas.py
"""
import hashlib, pathlib, re, sqlite3, subprocess, textwrap

FOLDER = pathlib.Path(__file__).resolve().parent
OLD, NEW = "Sources/Jobs/SQLiteSchema.swift", "Sources/JobsSQLite/SQLiteSchema.swift"
MIGRATIONS = [
    ("jobs", "0fbe905", OLD), ("inputs", "ec91a0a", OLD), ("lists", "e3aa424", OLD), ("turns", "2d26806", OLD), ("runs", "4a79c38", OLD),
    ("units", "4af80a2", NEW), ("leases", "c51951a", NEW), ("occurrences", "d4671dc", NEW), ("gallery", "d4671dc", NEW),
    ("owners", "f781b90", NEW), ("audit", "f781b90", NEW), ("webhooks", "5e0b0cd", NEW),
]
T0 = 1_700_000_000_000


def statements(name, commit, path):
    text = subprocess.run(["git", "show", f"{commit}:{path}"], cwd=FOLDER, check=True, capture_output=True, text=True).stdout
    found = re.search(rf'static let {name} = """\n(.*?)\n *"""', text, re.S)
    return textwrap.dedent(found.group(1)) + "\n"


def request(seed):
    """As FakeRequest writes itself: seed, images, steps, rows, group, failure, whether it is large."""
    return f"{seed} 1 4 1 0 - false".encode()


def insert(db, table, **values):
    known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
    values = {name: value for name, value in values.items() if name in known}
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    return db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values())).lastrowid


def job(db, seed, status, **more):
    return insert(
        db, "jobs", id=f"018bcfe5-68{seed:02x}-7000-8000-0000000000{seed:02x}", kind="generation", status=status, model="model0",
        weights_sha256="ab", request=request(seed), run=request(seed), created_at=T0 + seed, images=1, steps=4, planned_calls=4,
        call_units=1, stored_bytes=30, **more)


def fill(db):
    image = b"image of version before"
    done = job(db, 1, "succeeded", started_at=T0 + 5, finished_at=T0 + 9, images_done=1, image_steps=4, network_calls=4, attempt=1)
    insert(
        db, "images", job=done, image=0, seed="1", width=3, height=2, bit_depth=16, sha256=hashlib.sha256(image).hexdigest(),
        media_type="image/png", calls=4, byte_count=len(image), content=image)
    job(db, 2, "failed", started_at=T0 + 5, finished_at=T0 + 9, attempt=1, error=b'{"title":"no"}')
    job(db, 3, "cancelled", finished_at=T0 + 9)
    running = job(db, 4, "running", started_at=T0 + 5, attempt=1, image_steps=2, lease="l", lease_owner="o", has_begun=1)
    # Progress that no engine reads: the image is begun anew.
    insert(db, "trajectories", job=running, image=0, step=2, calls=2, content=b"?")
    queued = job(db, 5, "queued")
    insert(db, "idempotency_keys", scope="tests", key="k5", digest="5", job=queued)
    insert(db, "tombstones", id="018bcfe5-6899-7000-8000-000000000099", why="expired", removed_at=T0)
    # What later versions do by triggers alone, these did without.
    if db.execute("PRAGMA table_info(inputs)").fetchall():
        insert(db, "inputs", digest="d", media_type="image/png", content=b"input")
        insert(db, "job_inputs", job=queued, name="image", digest="d")
    if db.execute("PRAGMA table_info(callbacks)").fetchall():
        insert(db, "callbacks", job=queued, url="https://example.org/end", events="succeeded")


def main():
    (FOLDER / "schemas").mkdir(exist_ok=True)
    for number in range(1, len(MIGRATIONS) + 1):
        path = FOLDER / "schemas" / f"{number:02}-{MIGRATIONS[number - 1][0]}.store"
        path.unlink(missing_ok=True)
        db = sqlite3.connect(path)
        db.executescript("PRAGMA page_size = 512; PRAGMA auto_vacuum = INCREMENTAL;")
        db.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        for migration in MIGRATIONS[:number]:
            db.executescript(statements(*migration))
            db.execute("INSERT INTO grdb_migrations VALUES (?)", [migration[0]])
        fill(db)
        db.commit()
        db.close()
        print(path.name, path.stat().st_size)


main()
