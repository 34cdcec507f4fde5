"""Real servers of mail, directories, time, databases, telephony and power, on free loopback ports (tests/peers.txt)."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.peers import Peer, free_port, require_peer, start_program


def start_slapd(tmp_path: Path, tls: tuple[Path, Path] | None = None) -> Peer:
    """OpenLDAP with a small directory; `cn=nms,dc=example` may read it with the password nmspass."""
    program, schema = require_peer("slapd"), Path("/etc/ldap/schema")
    port, folder = free_port(), tmp_path / "slapd"
    (folder / "data").mkdir(parents=True)
    lines = [
        f"include {schema / 'core.schema'}",
        f"pidfile {folder / 'pid'}",
        f"argsfile {folder / 'args'}",
        "modulepath /usr/lib/ldap",
        "moduleload back_mdb",
        *([f"TLSCertificateFile {tls[0]}", f"TLSCertificateKeyFile {tls[1]}"] if tls else []),
        "database mdb",
        "suffix dc=example",
        "rootdn cn=nms,dc=example",
        "rootpw nmspass",
        f"directory {folder / 'data'}",
    ]
    (folder / "slapd.conf").write_text("\n".join([*lines, ""]))
    argv = [program, "-d", "0", "-f", str(folder / "slapd.conf"), "-h", f"ldap://127.0.0.1:{port}/"]
    peer = start_program("slapd", argv, folder / "log", port)
    peer.wait_for_tcp()
    return peer


def start_chronyd(tmp_path: Path, *, synchronised: bool = True) -> Peer:
    """A time server that follows nobody and calls itself stratum 5, or that says that it is not synchronised."""
    program, port = require_peer("chronyd"), free_port(socket.SOCK_DGRAM)
    folder = tmp_path / "chrony"
    folder.mkdir()
    lines = [f"port {port}", "bindaddress 127.0.0.1", "allow 127.0.0.1", "cmdport 0", f"pidfile {folder / 'pid'}"]
    lines += ["bindcmdaddress /", *(["local stratum 5"] if synchronised else [])]
    (folder / "chrony.conf").write_text("\n".join([*lines, ""]))
    user = pwd.getpwuid(os.geteuid()).pw_name
    argv = [program, "-x", "-d", "-u", user, "-f", str(folder / "chrony.conf")]
    peer = start_program("chronyd", argv, folder / "log", port)
    peer.wait_until(lambda: _answers_ntp(port))
    return peer


def _answers_ntp(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        try:
            probe.connect(("127.0.0.1", port))
            probe.send(b"\x23" + bytes(47))
            return bool(probe.recv(100))
        except OSError:
            return False


def start_dovecot(tmp_path: Path, certificate: Path, key: Path, mail: Path | None = None) -> Peer:
    """An IMAP server with STARTTLS; the user ana has the password `pa"ss\\word`.

    `mail`: a folder that any account may enter, for tests that read letters: Dovecot reads none as root.
    """
    program, port = require_peer("dovecot"), free_port()
    folder = tmp_path / "dovecot"
    (folder / "mail").mkdir(parents=True)
    user = pwd.getpwuid(os.geteuid()).pw_name
    short = tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True)
    account = f"uid={os.geteuid()} gid={os.getegid()}"
    if os.geteuid() == 0:
        account = "uid=nobody gid=nogroup"
        shutil.chown(mail or folder / "mail", "nobody", "nogroup")
    (folder / "users").write_text('ana:{PLAIN}pa"ss\\word:1000:1000::/nonexistent\n')
    lines = [
        f"base_dir = {short.name}",
        f"state_dir = {short.name}",
        f"log_path = {folder / 'dovecot.log'}",
        "protocols = imap",
        "listen = 127.0.0.1",
        f"default_internal_user = {user}",
        "default_login_user = nobody",
        "ssl = yes",
        f"ssl_cert = <{certificate}",
        f"ssl_key = <{key}",
        "disable_plaintext_auth = yes",
        f"mail_location = maildir:{mail or folder / 'mail'}",
        "passdb {\n  driver = passwd-file\n  args = " + str(folder / "users") + "\n}",
        "userdb {\n  driver = static\n  args = " + f"{account} home={mail or folder / 'mail'}" + "\n}",
        "service imap-login {\n  inet_listener imap {\n    port = " + str(port) + "\n  }",
        "  inet_listener imaps {\n    port = 0\n  }\n  chroot =\n}",
        "service anvil {\n  chroot =\n}",
    ]
    (folder / "dovecot.conf").write_text("\n".join([*lines, ""]))
    peer = start_program("dovecot", [program, "-F", "-c", str(folder / "dovecot.conf")], folder / "log", port)
    peer.short = short
    peer.wait_for_tcp()
    return peer


def start_mariadb(tmp_path: Path) -> Peer:
    """MariaDB with the account nms and the password nmspass."""
    program, port = require_peer("mariadbd"), free_port()
    folder = tmp_path / "mariadb"
    (folder / "data" / "mysql").mkdir(parents=True)
    system = Path("/usr/share/mysql")
    if not (system / "mysql_system_tables.sql").exists():
        system = Path("/usr/share/mariadb")
    files = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
    sql = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\n"
    sql += "".join((system / name).read_text() for name in files if (system / name).exists())
    common = [program, "--no-defaults", f"--datadir={folder / 'data'}", f"--lc-messages-dir={system}"]
    common += ["--user=root"] if os.geteuid() == 0 else []
    bootstrap = [*common, "--bootstrap", "--skip-networking", "--innodb-log-file-size=4M"]
    subprocess.run(bootstrap, input=sql.encode(), check=True, capture_output=True)
    grants = folder / "init.sql"
    grants.write_text("CREATE USER nms@'127.0.0.1' IDENTIFIED BY 'nmspass';\n")
    serve = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}", f"--init-file={grants}"]
    limits = ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M", "--skip-name-resolve"]
    peer = start_program("mariadbd", [*common, *serve, *limits], folder / "log", port)
    peer.wait_for_tcp(timeout=30)
    return peer


def start_kamailio(tmp_path: Path, certificate: Path | None = None, key: Path | None = None) -> Peer:
    """A SIP server on the same port over UDP and TCP (and on `Peer.tls_port` over TLS) that answers OPTIONS."""
    program, port, tls_port = require_peer("kamailio"), free_port(), free_port()
    folder = tmp_path / "kamailio"
    (folder / "run").mkdir(parents=True)
    tls = certificate is not None and key is not None
    modules = next(Path("/usr/lib").glob("*/kamailio/modules"), Path("/usr/lib/kamailio/modules"))
    lines = [
        "debug=0",
        "log_stderror=yes",
        "children=1",
        "tcp_children=1",
        "server_header=\"Server: test exchange\"",
        f"listen=udp:127.0.0.1:{port}",
        f"listen=tcp:127.0.0.1:{port}",
        *(["enable_tls=yes", f"listen=tls:127.0.0.1:{tls_port}"] if tls else []),
        f'mpath="{modules}/"',
        'loadmodule "sl.so"',
        'loadmodule "pv.so"',
        *(['loadmodule "tls.so"'] if tls else []),
        *([f'modparam("tls", "certificate", "{certificate}")'] if tls else []),
        *([f'modparam("tls", "private_key", "{key}")'] if tls else []),
        *(['modparam("tls", "tls_method", "TLSv1.2")'] if tls else []),
        'request_route {\n  if ($rU == "ausente") { sl_send_reply("404", "Not Found"); exit; }',
        '  if ($rU == "rota") { sl_send_reply("503", "Service Unavailable"); exit; }',
        '  sl_send_reply("200", "OK");\n}',
    ]  # fmt: skip
    (folder / "kamailio.cfg").write_text("\n".join([*lines, ""]))
    argv = [program, "-DD", "-E", "-f", str(folder / "kamailio.cfg"), "-Y", str(folder / "run")]
    peer = start_program("kamailio", [*argv, "-P", str(folder / "pid"), "-m", "128", "-M", "16"], folder / "log", port)
    peer.tls_port = tls_port
    peer.wait_for_tcp()
    return peer


def start_sipp(tmp_path: Path) -> Peer:
    """SIPp as a plain answering agent over UDP: it knows INVITE, and answers nothing else."""
    program, port = require_peer("sipp"), free_port(socket.SOCK_DGRAM)
    argv = [program, "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    return start_program("sipp", argv, tmp_path / "sipp.log", port)


def start_nut(tmp_path: Path) -> tuple[Peer, Peer]:
    """upsd on a free port and the driver of its one UPS, `ups1`, fed from `Peer.log.parent / "etc" / "ups1.dev"`."""
    folders = "/lib/nut:/usr/lib/nut:/usr/libexec/nut"
    server = shutil.which("upsd", path=folders) or require_peer("upsd")  # Debian's upsd in PATH is a script
    driver = shutil.which("dummy-ups", path=folders) or require_peer("dummy-ups")
    folder, port = tmp_path / "nut", free_port()
    (folder / "etc").mkdir(parents=True)
    (folder / "run").mkdir()
    files = {
        "ups.conf": '[ups1]\n  driver = dummy-ups\n  port = ups1.dev\n  desc = "Sótano \\"B\\""\n  mode = dummy-loop\n',
        "ups1.dev": "battery.charge: 97\nbattery.runtime: 2520\ninput.voltage: 127.1\nups.load: 41\nups.status: OL\n"
        'ups.temperature: 31\nups.model: "9PX 11 kVA"\ndevice.mfr: EATON\nups.realpower: 3210\n',
        "upsd.conf": f"LISTEN 127.0.0.1 {port}\n",
        "upsd.users": "[nms]\n  password = nmspass\n  actions = SET\n",
        "nut.conf": "MODE=netserver\n",
    }
    for name, text in files.items():
        (folder / "etc" / name).write_text(text)
        (folder / "etc" / name).chmod(0o640)
    places = {"NUT_CONFPATH": str(folder / "etc"), "NUT_STATEPATH": str(folder / "run")}
    places |= {"NUT_ALTPIDPATH": str(folder / "run")}
    user = pwd.getpwuid(os.geteuid()).pw_name
    ups = start_program("dummy-ups", [driver, "-u", user, "-a", "ups1", "-D"], folder / "driver.log", 0, places)
    ups.wait_until(lambda: any((folder / "run").glob("dummy-ups-ups1*")))
    peer = start_program("upsd", [server, "-u", user, "-D"], folder / "log", port, places)
    peer.wait_until(lambda: _lists_ups(port))
    return peer, ups


def _lists_ups(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect(("127.0.0.1", port))
            probe.send(b"GET VAR ups1 ups.status\n")
            return b'"OL"' in probe.recv(200)
        except OSError:
            return False


SENSORS = (
    # number, name, type, unit, entity, raw value, factor, thresholds (lnr, lc, lnc, unc, uc, unr)
    (1, "Inlet Temp", 1, 1, 0x37, 23, 1, (0, 0, 0, 40, 45, 50)),
    (2, "CPU0 Temp", 1, 1, 3, 56, 1, (0, 0, 0, 85, 90, 95)),
    (3, "FAN1", 4, 18, 0x1D, 84, 100, (5, 8, 10, 0, 0, 0)),
    (4, "PSU1 Input V", 2, 4, 10, 230, 1, (190, 200, 205, 245, 250, 254)),
    (5, "PSU1 Power W", 8, 6, 10, 62, 4, (0,) * 6),
)


def start_ipmi_sim(tmp_path: Path) -> Peer:
    """A management controller (OpenIPMI) with the account nms and the password nmspass.

    Its sensors have the values in `Peer.log.parent / "s1.val"` and so on, read twice a second.
    """
    program, port = require_peer("ipmi_sim"), free_port(socket.SOCK_DGRAM)
    folder = tmp_path / "ipmi"
    (folder / "state").mkdir(parents=True)
    levels = "\n".join(
        f"    allowed_auths_{who} none md2 md5 straight" for who in ("callback", "user", "operator", "admin")
    )
    (folder / "lan.conf").write_text(
        f'name "bmc"\nset_working_mc 0x20\n  startlan 1\n    addr 127.0.0.1 {port}\n    priv_limit admin\n{levels}\n'
        '    guid a123456789abcdefa123456789abcdef\n  endlan\n  user 1 false "" "none" user 10 none md2 md5 straight\n'
        '  user 2 true "nms" "nmspass" admin 10 none md2 md5 straight\n'
    )
    lines = ["mc_setbmc 0x20", "mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr"]
    lines += ["sel_enable 0x20 1000 0x0a", *(line for sensor in SENSORS for line in _simulated(folder, *sensor))]
    (folder / "sim.emu").write_text("\n".join([*lines, "mc_enable 0x20", ""]))
    argv = [program, "-c", str(folder / "lan.conf"), "-f", str(folder / "sim.emu"), "-s", str(folder / "state"), "-n"]
    peer = start_program("ipmi_sim", argv, folder / "log", port)
    peer.wait_until(lambda: _answers_rmcp(port))
    return peer


def _simulated(
    folder: Path,
    number: int,
    name: str,
    kind: int,
    unit: int,
    entity: int,
    raw: int,
    factor: int,
    limits: tuple[int, ...],
) -> list[str]:
    """The commands of one sensor and its full sensor record (IPMI 2.0, table 43-1)."""
    lnr, lc, lnc, unc, uc, unr = limits
    readable = sum(1 << bit for bit, value in enumerate((lnc, lc, lnr, unc, uc, unr)) if value)
    body = [0x20, 0, number, entity, 1, 0x7F, 0x68, kind, 1, 0, 0, 0, 0, readable, readable, 0, unit, 0, 0]
    body += [
        factor & 255,
        (factor >> 8) << 6,
        0,
        0,
        0,
        0,
        0,
        raw,
        255,
        0,
        255,
        0,
        unr,
        uc,
        unc,
        lnr,
        lc,
        lnc,
        1,
        1,
        0,
        0,
        0,
    ]
    body += [0xC0 | len(name), *name.encode()]
    record = [number, 0, 0x51, 1, len(body), *body]
    value = folder / f"s{number}.val"
    value.write_text(str(raw))
    enabled = "".join("1" if limit else "0" for limit in (unr, uc, unc, lnr, lc, lnc))
    events = " ".join(["000111111111111"] * 4)
    return [
        f'sensor_add 0x20 0 {number} {kind:#x} 0x01 poll 500 file "{value}"',
        f"sensor_set_value 0x20 0 {number} {raw} 0",
        f"sensor_set_threshold 0x20 0 {number} settable {enabled} {unr} {uc} {unc} {lnr} {lc} {lnc}",
        f"sensor_set_event_support 0x20 0 {number} enable scanning per-state {events}",
        "main_sdr_add 0x20 " + " ".join(f"{octet:#04x}" for octet in record),
    ]


def _answers_rmcp(port: int) -> bool:
    """An RMCP presence ping (IPMI 2.0, section 13.13) is not answered by ipmi_sim; channel capabilities are."""
    question = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        try:
            probe.connect(("127.0.0.1", port))
            probe.send(question)
            return bool(probe.recv(200))
        except OSError:
            return False
