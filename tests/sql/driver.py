"""Runs what `flagfall sql` wrote in a real engine, and counts where it says something else than the evaluator.

driver.py duckdb|spark|postgres DIRECTORY...: each directory has `job.json` (the columns of the subjects' table, and what is to be
run), `subjects.jsonl`, one file of expectations a flag, and the queries. Prints one JSON object a line: {"name", "rows", "wrong"} or
{"name", "counts"}. driver.py parse DIRECTORY... reads every query as its dialect with sqlglot.
"""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

TYPES = {
    "duckdb": {"text": "VARCHAR", "number": "DOUBLE", "bool": "BOOLEAN", "instant": "TIMESTAMPTZ", "integer": "BIGINT"},
    "spark": {"text": "STRING", "number": "DOUBLE", "bool": "BOOLEAN", "instant": "TIMESTAMP", "integer": "BIGINT"},
    "postgres": {"text": "TEXT", "number": "DOUBLE PRECISION", "bool": "BOOLEAN", "instant": "TIMESTAMPTZ", "integer": "BIGINT"},
}


class DuckDb:
    name, quote = "duckdb", '"'

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()
        # Instants must not depend on where a session is.
        self.connection.sql("SET TimeZone = 'America/New_York'")

    def load(self, table, path, columns):
        fields = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
        self.raw = f"read_json('{path}', format='newline_delimited', columns={{{fields}}})"
        self.run(f"CREATE OR REPLACE TABLE {table} AS SELECT {self.casts(columns)} FROM {self.raw}")

    def casts(self, columns):
        types = TYPES[self.name]
        q = self.quote
        return ", ".join(f"CAST({q}{name}{q} AS {types[kind]}) AS {q}{name}{q}" for name, kind in columns.items())

    def run(self, sql):
        self.connection.execute(sql)

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def close(self):
        pass


class Spark(DuckDb):
    name, quote = "spark", "`"

    def __init__(self):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.session.timeZone", "America/New_York").config("spark.driver.host", "localhost")
        builder = builder.config("spark.sql.warehouse.dir", tempfile.mkdtemp()).config("spark.sql.shuffle.partitions", "2")
        self.session = builder.config("spark.log.level", "ERROR").config("spark.driver.memory", "2g").getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def load(self, table, path, columns):
        from pyspark.sql.types import StringType, StructField, StructType

        schema = StructType([StructField(name, StringType()) for name in columns])
        self.session.read.schema(schema).json(str(path)).createOrReplaceTempView(f"{table}_raw")
        self.session.sql(f"SELECT {self.casts(columns)} FROM {table}_raw").cache().createOrReplaceTempView(table)

    def run(self, sql):
        self.session.sql(sql)

    def rows(self, sql):
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def close(self):
        self.session.stop()


class Postgres(DuckDb):
    name, quote = "postgres", '"'

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="flagfall-sql-")
        # The server refuses to run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            entry = pwd.getpwnam("postgres")
            os.chown(self.directory, entry.pw_uid, entry.pw_gid)
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.bin = pathlib.Path(found[-1] if found else shutil.which("initdb")).resolve().parent
        data = f"{self.directory}/data"
        quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": self.directory}
        subprocess.run([*self.user, self.bin / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"], **quiet)
        options = f"-k {self.directory} -c listen_addresses= -c fsync=off -c timezone=America/New_York"
        subprocess.run([*self.user, self.bin / "pg_ctl", "-D", data, "-w", "-l", f"{self.directory}/log", "-o", options, "start"], **quiet)

    def psql(self, sql):
        command = [shutil.which("psql") or self.bin / "psql", "-X", "-q", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", self.directory, "-U", "postgres", "-f", "-"]
        ran = subprocess.run(command, input=sql.encode(), stdout=subprocess.PIPE, cwd=self.directory)
        if ran.returncode != 0:
            raise SystemExit(f"psql refused:\n{sql[:4000]}")
        return ran.stdout.decode()

    def load(self, table, path, columns):
        types = TYPES[self.name]
        fields = ", ".join(f"CAST(line->>'{name}' AS {types[kind]}) AS \"{name}\"" for name, kind in columns.items())
        lines = pathlib.Path(path).read_text()
        copy = "COPY raw FROM STDIN WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02');"
        self.psql(f"DROP TABLE IF EXISTS raw, {table}; CREATE TABLE raw (line jsonb);\n{copy}\n{lines}\\.\nCREATE TABLE {table} AS SELECT {fields} FROM raw;")

    def run(self, sql):
        self.psql(sql)

    def rows(self, sql):
        return [tuple(line.split("\x1f")) for line in self.psql(sql).splitlines()]

    def close(self):
        stop = [*self.user, self.bin / "pg_ctl", "-D", f"{self.directory}/data", "-m", "immediate", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, cwd=self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)


def compared(engine, query, task):
    """How many rows there are, and in how many something differs from what was expected; one of them, to look at."""
    kind = TYPES[engine.name][task["value"]]
    wanted = {"variation": "e.variation", "allocation": "e.allocation", "value": f"CAST(e.value AS {kind})", "logged": "e.logged"}
    differs = " OR ".join(f"q.{name} IS DISTINCT FROM {wanted[name]}" for name in task["parts"])
    joined = f"FROM ({query}) AS q FULL JOIN expected AS e ON q.subject = e.subject"
    sql = f"SELECT COUNT(*), COUNT(CASE WHEN q.subject IS NULL OR e.subject IS NULL OR {differs} THEN 1 END) {joined}"
    rows, wrong = map(int, engine.rows(sql)[0])
    line = {"name": task["name"], "rows": rows, "wrong": wrong}
    if wrong:
        shown = ", ".join(f"q.{name}, {wanted[name]}" for name in task["parts"])
        line["example"] = repr(engine.rows(f"SELECT q.subject, e.subject, {shown} {joined} WHERE q.subject IS NULL OR e.subject IS NULL OR {differs} LIMIT 3"))
    return line


def run(engine, directory):
    job = json.loads((directory / "job.json").read_text())
    engine.load("subjects", directory / "subjects.jsonl", job["columns"])
    for task in job["tasks"]:
        query = (directory / task["query"].format(engine=engine.name)).read_text().strip().rstrip(";")
        if "log" in task:
            columns = {"subject": "text", "variation": "text", "allocation": "text", "at": "instant"}
            engine.load("assignments", directory / task["log"], columns)
            counts = engine.rows(f"SELECT SUM(assignments), SUM(matches), SUM(mismatches), SUM(undecided) FROM ({query}) AS counted")
            print(json.dumps({"name": task["name"], "counts": [int(count) for count in counts[0]]}))
            continue
        if task["expression"]:
            q = engine.quote
            query = f"SELECT {q}subject{q} AS subject, {query} AS {task['parts'][0]} FROM subjects"
        expected = {"subject": "text", "variation": "text", "allocation": "text", "value": "text", "logged": "bool"}
        engine.load("expected", directory / task["expected"], expected)
        print(json.dumps(compared(engine, query, task)), flush=True)


def parse(directory):
    import sqlglot

    for path in sorted(directory.glob("*.sql")):
        dialect = path.name.rsplit(".", 2)[1]
        parsed = sqlglot.parse(path.read_text(), read=dialect)
        commands = [part for part in parsed if part is None or isinstance(part, sqlglot.exp.Command)]
        print(json.dumps({"name": path.name, "rows": len(parsed), "wrong": len(commands) + (len(parsed) != 1)}))


def main():
    directories = [pathlib.Path(path) for path in sys.argv[2:]]
    if sys.argv[1] == "parse":
        for directory in directories:
            parse(directory)
        return
    engine = {"duckdb": DuckDb, "spark": Spark, "postgres": Postgres}[sys.argv[1]]()
    try:
        for directory in directories:
            run(engine, directory)
    finally:
        engine.close()


main()
