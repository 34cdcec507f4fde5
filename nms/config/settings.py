"""The whole of `config.yaml`. Every key has a default: an empty file is a valid one."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from nms.config.backups import ConfigurationBackup
from nms.config.credentials import Credential
from nms.config.local import DATA_DIR
from nms.config.login import LogIn
from nms.config.office import Office
from nms.config.policies import Alerts, Baselines, MaintenanceWindow, Notify, Reachability, Threshold, Tickets
from nms.config.polling import Polling, Records, Store
from nms.config.presence import Presence
from nms.config.serving import Api, FaultReports, Mail, MetricsPage, Reports, StatusPage, Watchdog
from nms.documents import Strict


class Paths(Strict):
    """Where the municipality's own content is; relative paths start at the directory of `config.yaml`."""

    inventories: Path = Path("inventories")
    """Departments, sites, devices, links, people."""

    collectors: Path = Path("collectors")
    """What to read from each family of equipment."""

    playbooks: Path = Path("playbooks")
    """Maintenance procedures."""

    dashboards: Path = Path("dashboards")
    """Boards of the terminal."""


class Config(Strict):
    """All settings, validated. Paths are absolute once `load_config` has returned it."""

    office: Office = Office()
    """Who runs this monitor, its clock, language, holidays and service hours."""

    data_dir: Path = DATA_DIR
    """Directory of everything that the monitor writes."""

    paths: Paths = Paths()
    """Directories of inventories, collectors, playbooks and dashboards."""

    polling: Polling = Polling()
    """Schedule and limits of polls."""

    configuration_backup: ConfigurationBackup = ConfigurationBackup()
    """Copies of the configurations of equipment."""

    credentials: dict[str, Credential] = Field(default_factory=dict)
    """What opens devices, by the name that the inventory uses."""

    store: Store = Store()
    """Where samples are kept, and for how long."""

    records: Records = Records()
    """Where states, alerts, tickets and audit are kept."""

    presence: Presence = Presence()
    """Where computers and telephones are."""

    reachability: Reachability = Reachability()
    """When a silent device is called down."""

    thresholds: tuple[Threshold, ...] = ()
    """Limits on metrics, besides those of the collectors."""

    baselines: Baselines = Baselines()
    """What is unusual for the hour of the week."""

    alerts: Alerts = Alerts()
    """How patient alerts are."""

    notify: Notify = Notify()
    """Messages to people."""

    tickets: Tickets = Tickets()
    """Folios, service levels, lead times."""

    maintenance: tuple[MaintenanceWindow, ...] = ()
    """Work agreed beforehand."""

    api: Api = Api()
    """HTTP API and web pages."""

    login: LogIn = LogIn()
    """How people log in to the web pages."""

    metrics: MetricsPage = MetricsPage()
    """Prometheus exposition."""

    status_page: StatusPage = StatusPage()
    """Public status page."""

    fault_reports: FaultReports = FaultReports()
    """Faults that staff and citizens report."""

    mail: Mail = Mail()
    """Outgoing mail."""

    reports: Reports = Reports()
    """Reports for managers."""

    watchdog: Watchdog = Watchdog()
    """Dead-man ping to somebody outside."""
