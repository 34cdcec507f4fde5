"""The names of all series, once: metric names by Prometheus conventions, kinds and base units.

A collector cannot invent a metric: `nms check` refuses a family that names one not listed here. Ratios run
from 0 to 1. Interface counters are IF-MIB's (RFC 2863).
"""

from __future__ import annotations

from nms.model import Metric, MetricKind

_GAUGE, _COUNTER, _STATE = MetricKind.GAUGE, MetricKind.COUNTER, MetricKind.STATE

_TABLE: tuple[tuple[str, MetricKind, str, str], ...] = (
    ("device_up", _STATE, "", "Whether the device is reachable: 1 up, 0 down, absent unknown"),
    ("device_uptime_seconds", _GAUGE, "seconds", "Time since the agent or system started"),
    (
        "configuration_age_seconds",
        _GAUGE,
        "seconds",
        "Time since the configuration was last changed, as the device counts",
    ),
    ("icmp_round_trip_seconds", _GAUGE, "seconds", "ICMP echo round trip, median of the poll"),
    ("icmp_loss_ratio", _GAUGE, "ratio", "Share of ICMP echoes of the poll without an answer"),
    ("snmp_round_trip_seconds", _GAUGE, "seconds", "Round trip of the first SNMP answer of the poll"),
    ("interface_admin_status", _STATE, "", "ifAdminStatus"),
    ("interface_oper_status", _STATE, "", "ifOperStatus"),
    ("interface_speed_bits_per_second", _GAUGE, "bits_per_second", "ifHighSpeed or ifSpeed"),
    ("interface_in_octets_total", _COUNTER, "octets", "ifHCInOctets or ifInOctets"),
    ("interface_out_octets_total", _COUNTER, "octets", "ifHCOutOctets or ifOutOctets"),
    ("interface_in_packets_total", _COUNTER, "packets", "ifHCInUcastPkts or ifInUcastPkts"),
    ("interface_out_packets_total", _COUNTER, "packets", "ifHCOutUcastPkts or ifOutUcastPkts"),
    ("interface_in_broadcast_packets_total", _COUNTER, "packets", "ifHCInBroadcastPkts"),
    ("interface_out_broadcast_packets_total", _COUNTER, "packets", "ifHCOutBroadcastPkts"),
    ("interface_in_errors_total", _COUNTER, "packets", "ifInErrors"),
    ("interface_out_errors_total", _COUNTER, "packets", "ifOutErrors"),
    ("interface_in_discards_total", _COUNTER, "packets", "ifInDiscards"),
    ("interface_out_discards_total", _COUNTER, "packets", "ifOutDiscards"),
    ("processor_used_ratio", _GAUGE, "ratio", "Processor utilisation"),
    ("memory_used_bytes", _GAUGE, "bytes", "Memory in use"),
    ("memory_size_bytes", _GAUGE, "bytes", "Memory size"),
    ("memory_used_ratio", _GAUGE, "ratio", "Memory in use over its size"),
    ("storage_used_bytes", _GAUGE, "bytes", "File system in use"),
    ("storage_size_bytes", _GAUGE, "bytes", "File system size"),
    ("storage_used_ratio", _GAUGE, "ratio", "File system in use over its size"),
    ("supply_level_ratio", _GAUGE, "ratio", "Printer supply left; absent where the printer does not know"),
    ("pages_total", _COUNTER, "pages", "Pages printed in the life of the engine"),
    ("temperature_celsius", _GAUGE, "celsius", "Temperature"),
    ("humidity_ratio", _GAUGE, "ratio", "Relative humidity"),
    ("voltage_volts", _GAUGE, "volts", "Voltage"),
    ("current_amperes", _GAUGE, "amperes", "Current"),
    ("power_watts", _GAUGE, "watts", "Active power"),
    ("apparent_power_volt_amperes", _GAUGE, "volt_amperes", "Apparent power"),
    ("power_factor_ratio", _GAUGE, "ratio", "Power factor"),
    ("energy_joules_total", _COUNTER, "joules", "Energy since installation"),
    ("frequency_hertz", _GAUGE, "hertz", "Frequency"),
    ("fan_speed_rpm", _GAUGE, "rpm", "Fan speed"),
    ("fan_speed_ratio", _GAUGE, "ratio", "Fan speed over its maximum"),
    ("airflow_cubic_metres_per_second", _GAUGE, "cubic_metres_per_second", "Air flow"),
    ("waterflow_cubic_metres_per_second", _GAUGE, "cubic_metres_per_second", "Water flow"),
    ("pressure_pascals", _GAUGE, "pascals", "Pressure"),
    ("optical_power_dbm", _GAUGE, "dbm", "Optical power at the transceiver"),
    ("signal_dbm", _GAUGE, "dbm", "Radio signal strength"),
    ("signal_quality_ratio", _GAUGE, "ratio", "Radio signal quality"),
    ("signal_to_noise_db", _GAUGE, "db", "Signal to noise ratio"),
    ("cell_identity", _GAUGE, "", "The cell that serves a cellular modem: a number without order"),
    ("rssi_db", _GAUGE, "db", "Signal strength above the reference of the receiver, where it is not known in dBm"),
    ("transmit_power_dbm", _GAUGE, "dbm", "Power at the transmitter of a radio"),
    ("noise_floor_dbm", _GAUGE, "dbm", "Radio noise and interference without a signal"),
    ("rsrp_dbm", _GAUGE, "dbm", "Reference signal received power of a cellular modem (3GPP TS 36.214)"),
    ("rsrq_db", _GAUGE, "db", "Reference signal received quality of a cellular modem (3GPP TS 36.214)"),
    ("modulation_error_db", _GAUGE, "db", "Mean square error of a demodulator, negative and better when lower"),
    ("cross_polarisation_db", _GAUGE, "db", "Cross polarisation interference of a radio link"),
    ("gain_db", _GAUGE, "db", "Gain or, negative, attenuation"),
    ("error_ratio", _GAUGE, "ratio", "Frames, packets or blocks with errors over all"),
    ("bit_error_ratio", _GAUGE, "ratio", "Bit error ratio"),
    ("bit_rate_bits_per_second", _GAUGE, "bits_per_second", "Bit rate"),
    ("distance_metres", _GAUGE, "metres", "Distance"),
    ("delay_seconds", _GAUGE, "seconds", "Delay measured by the device"),
    ("jitter_seconds", _GAUGE, "seconds", "Interarrival jitter of voice packets (RFC 3550)"),
    ("mean_opinion_score", _GAUGE, "", "Estimated quality of calls, 1 to 4.5: the E-model (ITU-T G.107), simplified"),
    ("call_duration_seconds", _GAUGE, "seconds", "Mean duration of answered calls"),
    ("loss_ratio", _GAUGE, "ratio", "Loss measured by the device"),
    ("charge_ratio", _GAUGE, "ratio", "Battery charge"),
    ("load_ratio", _GAUGE, "ratio", "Load over the rating"),
    ("runtime_seconds", _GAUGE, "seconds", "Time left on battery, or time run"),
    ("percentage_ratio", _GAUGE, "ratio", "A ratio with no better name"),
    ("count", _GAUGE, "", "A number of things, which can fall"),
    ("events_total", _COUNTER, "", "A number of events, which only grows"),
    ("condition", _STATE, "", "A discrete state reported by the device, in its own enumeration"),
    ("clients", _GAUGE, "", "Associated wireless clients"),
    ("channel_utilization_ratio", _GAUGE, "ratio", "Share of time a radio channel is busy"),
    ("calls_active", _GAUGE, "", "Calls in progress"),
    ("channels_used", _GAUGE, "", "Voice channels in use"),
    ("channels_size", _GAUGE, "", "Voice channels that exist or are licensed"),
    ("registrations", _GAUGE, "", "Registered telephone sets"),
    ("trunk_up", _STATE, "", "Whether a voice trunk is in service: 1 yes, 0 no"),
    ("sip_response_seconds", _GAUGE, "seconds", "Time until the final answer to SIP OPTIONS"),
    ("check_duration_seconds", _GAUGE, "seconds", "Time of an application check, start to end"),
    ("check_up", _STATE, "", "Whether an application check passed: 1 yes, 0 no"),
    ("check_resolve_seconds", _GAUGE, "seconds", "Time until the name of a checked service had an address"),
    ("check_connect_seconds", _GAUGE, "seconds", "Time of the TCP connection of an application check"),
    ("check_tls_seconds", _GAUGE, "seconds", "Time of the TLS handshake of an application check"),
    ("check_first_byte_seconds", _GAUGE, "seconds", "Time from the start of the exchange to the head of the answer"),
    ("check_size_bytes", _GAUGE, "bytes", "Size of the answer to an application check"),
    ("clock_offset_seconds", _GAUGE, "seconds", "How far a time server is ahead of the monitor's clock"),
    ("clock_stratum", _GAUGE, "", "Distance of a time server from a reference clock (RFC 5905)"),
    ("certificate_not_after_seconds", _GAUGE, "seconds", "Unix time at which a TLS certificate expires"),
    ("licence_not_after_seconds", _GAUGE, "seconds", "Unix time at which a licence or contract ends"),
    ("bgp_peer_state", _STATE, "", "bgpPeerState (RFC 4273)"),
    ("ospf_neighbour_state", _STATE, "", "ospfNbrState (RFC 4750)"),
    ("system_load_1m", _GAUGE, "", "Load average of one minute"),
    ("processes", _GAUGE, "", "Processes running"),
    ("users", _GAUGE, "", "Users logged in"),
    ("updates_pending", _GAUGE, "", "Software updates that wait to be installed"),
)

METRICS: dict[str, Metric] = {name: Metric(name, kind, unit, text) for name, kind, unit, text in _TABLE}

_SUFFIXES = (
    "_total", "_ratio", "_celsius", "_volts", "_amperes", "_watts", "_volt_amperes", "_joules", "_hertz", "_rpm",
    "_pascals", "_dbm", "_db", "_seconds", "_bytes", "_metres", "_bits_per_second", "_cubic_metres_per_second",
)  # fmt: skip


def title(metric: str) -> str:
    """What people call a metric, in English: its name without unit and underscores (a gettext msgid)."""
    name = metric
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.replace("_", " ")
