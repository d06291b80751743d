"""The script that a payroll programmer would write instead of gajian.

It pays a CSV file through Kirim DOKU with nothing but Python's standard library: 64 threads, each
with a connection that it keeps, and SQLite with a write-ahead log. It is careful where that is
cheap to be: the intent is committed before the transfer leaves and the outcome after it, every
commit is synced, no thread goes on before its commit, and a row that was on its way when the script
died is asked for by its reference instead of being paid again. What it does not have: a limit on calls,
tokens that are renewed, a check of names, balance or duplicates, a journal, a workbook, and a way to tell
an intent that never left from one whose answer was lost: both stay "sent", for a person.

Usage: pay.py FILE.csv LEDGER.sqlite         pays, or goes on
       pay.py --tell LEDGER.sqlite           prints how many rows are in each state, as JSON

It reads the same environment as gajian, and signs for the token with the program openssl.
"""

import base64
import csv
import datetime
import hashlib
import hmac
import http.client
import itertools
import json
import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

THREADS = 64
BASE = urllib.parse.urlsplit(os.environ.get("GAJIAN_BASE_URL", ""))
CLIENT = os.environ.get("GAJIAN_CLIENT_ID", "")
JAKARTA = datetime.timezone(datetime.timedelta(hours=7))
external_ids = itertools.count(time.time_ns())


class Ledger:
    """One connection to SQLite and one lock: SQLite has one writer anyway."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("CREATE TABLE IF NOT EXISTS payouts (line INTEGER PRIMARY KEY, reference TEXT UNIQUE, name TEXT,"
                        " bank TEXT, account TEXT, amount TEXT, session TEXT, state TEXT NOT NULL)")

    def load(self, path):
        """Takes the file's rows over, unless they are there already."""
        with open(path, newline="") as file:
            rows = [(line, "PY%012d%08d" % (time.time_ns() // 1_000_000 % 10**12, line), row["name"], row["bank"], row["account_number"], row["amount"])
                    for line, row in enumerate(csv.DictReader(file), 2)]
        with self.lock:
            self.db.execute("BEGIN")
            self.db.executemany("INSERT OR IGNORE INTO payouts (line, reference, name, bank, account, amount, state)"
                                " VALUES (?, ?, ?, ?, ?, ?, 'new')", rows)
            self.db.execute("COMMIT")

    def open_rows(self):
        with self.lock:
            return self.db.execute("SELECT line, reference, name, bank, account, amount, state FROM payouts"
                                   " WHERE state IN ('new', 'sent', 'accepted') ORDER BY line").fetchall()

    def set(self, line, state, session=None):
        """Returns once the state is on disk: outside a transaction each statement commits itself."""
        with self.lock:
            self.db.execute("UPDATE payouts SET state = ?, session = coalesce(?, session) WHERE line = ?", (state, session, line))

    def states(self):
        with self.lock:
            return dict(self.db.execute("SELECT state, count(*) FROM payouts GROUP BY state"))


class Doku:
    """One thread's connection to the provider."""

    def __init__(self, token, secret):
        self.token, self.secret = token, secret
        self.connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=30)

    def call(self, path, body):
        path = "/snap/v1.1" + path
        data = json.dumps(body, separators=(",", ":")).encode()
        timestamp = datetime.datetime.now(JAKARTA).isoformat(timespec="seconds")
        text = "POST:%s:%s:%s:%s" % (path, self.token, hashlib.sha256(data).hexdigest(), timestamp)
        signature = base64.b64encode(hmac.digest(self.secret, text.encode(), "sha512")).decode()
        self.connection.request("POST", path, data, {
            "Content-Type": "application/json", "Authorization": "Bearer " + self.token, "X-PARTNER-ID": CLIENT, "CHANNEL-ID": "H2H",
            "X-EXTERNAL-ID": str(next(external_ids)), "X-TIMESTAMP": timestamp, "X-SIGNATURE": signature})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def fetch_token():
    timestamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.environ["GAJIAN_PRIVATE_KEY_FILE"]],
                               input=("%s|%s" % (CLIENT, timestamp)).encode(), capture_output=True, check=True).stdout
    connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=30)
    connection.request("POST", "/authorization/v1/access-token/b2b", b'{"grantType":"client_credentials"}', {
        "Content-Type": "application/json", "X-CLIENT-KEY": CLIENT, "X-TIMESTAMP": timestamp,
        "X-SIGNATURE": base64.b64encode(signature).decode()})
    return json.loads(connection.getresponse().read())["accessToken"]


def pay(doku, ledger, row):
    line, reference, name, bank, account, amount, state = row
    phone, money = os.environ["GAJIAN_CUSTOMER_NUMBER"], {"value": amount + ".00", "currency": "IDR"}
    if state == "new":
        status, inquired = doku.call("/emoney/bank-account-inquiry", {
            "partnerReferenceNo": "I" + reference, "customerNumber": phone, "amount": money, "beneficiaryAccountNumber": account,
            "additionalInfo": {"beneficiaryBankCode": bank, "beneficiaryAccountName": name, "senderCountryCode": "ID"}})
        if status != 200:
            return ledger.set(line, "rejected")
        ledger.set(line, "sent", inquired["sessionId"])  # the intent, on disk before the transfer leaves
        first, _, last = name.partition(" ")
        status, taken = doku.call("/emoney/transfer-bank", {
            "partnerReferenceNo": reference, "customerNumber": phone, "beneficiaryAccountNumber": account, "beneficiaryBankCode": bank,
            "amount": money, "sessionId": inquired["sessionId"],
            "additionalInfo": {
                "beneficiaryFirstName": first, "beneficiaryLastName": last or first, "beneficiaryPhoneNumber": phone, "beneficiaryAccountName": name,
                "senderCountryCode": "ID", "senderFirstName": os.environ["GAJIAN_SENDER_FIRST_NAME"],
                "senderLastName": os.environ["GAJIAN_SENDER_LAST_NAME"], "senderPersonalId": os.environ["GAJIAN_SENDER_PERSONAL_ID"],
                "senderPersonalIdType": "KTP"}})
        if status != 200:
            return None  # it stays "sent": a person looks
        ledger.set(line, "accepted")
    status, stands = doku.call("/qr/qr-mpm-status", {"originalPartnerReferenceNo": reference, "serviceCode": "43"})
    if status == 200 and stands["latestTransactionStatus"] == "00":
        ledger.set(line, "paid")
    return None


def work(rows, ledger, token, secret):
    doku = Doku(token, secret)
    while True:
        try:
            row = rows.get_nowait()
        except queue.Empty:
            return
        try:
            pay(doku, ledger, row)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            print("line %d: %s" % (row[0], problem), file=sys.stderr)
            doku = Doku(token, secret)


def main():
    if sys.argv[1] == "--tell":
        print(json.dumps(Ledger(sys.argv[2]).states()))
        return
    ledger = Ledger(sys.argv[2])
    ledger.load(sys.argv[1])
    with open(os.environ["GAJIAN_CLIENT_SECRET_FILE"], "rb") as file:
        secret = file.read().strip()
    token, rows = fetch_token(), queue.SimpleQueue()
    for row in ledger.open_rows():
        rows.put(row)
    threads = [threading.Thread(target=work, args=(rows, ledger, token, secret)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = ledger.states()
    print(json.dumps(states))
    sys.exit(0 if set(states) <= {"paid"} else 5)


main()
