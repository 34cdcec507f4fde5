"""A Cisco ASR 9000 as the XML agent of IOS XR tells of it."""

_INTERFACE = """
<Interface><Naming><InterfaceName>{name}</InterfaceName></Naming><InterfaceHandle>{name}</InterfaceHandle>
<LineState>{line}</LineState><State>{state}</State><MACAddress><Address>0011.2233.44{last}</Address></MACAddress>
<Bandwidth>10000000</Bandwidth><MTU>1514</MTU><Description>{description}</Description>
<InterfaceStatistics><FullInterfaceStats><BytesSent>990000</BytesSent><BytesReceived>640000</BytesReceived>
<PacketsSent>2000</PacketsSent><PacketsReceived>1000</PacketsReceived><OutputDrops>7</OutputDrops><InputDrops>0</InputDrops>
<InputErrors>3</InputErrors><OutputErrors>0</OutputErrors><MulticastPacketsSent>0</MulticastPacketsSent>
<MulticastPacketsReceived>0</MulticastPacketsReceived><BroadcastPacketsSent>0</BroadcastPacketsSent>
<BroadcastPacketsReceived>0</BroadcastPacketsReceived></FullInterfaceStats></InterfaceStatistics></Interface>"""

_SENSOR = """<SensorName><Naming><Name>{name}</Name></Naming><ValueBrief>{value}</ValueBrief>
<ValueDetailed><Status>{status}</Status></ValueDetailed><ThresholdTable>{thresholds}</ThresholdTable></SensorName>"""
_LIMITS = "".join(f"<Threshold><ValueBrief>{limit}</ValueBrief></Threshold>" for limit in (0, 0, 600, 700, 700, 900))


def _slot(*sensors: tuple[str, int, int]) -> str:
    rows = "".join(
        f"<SensorNameTable>{_SENSOR.format(name=name, value=value, status=ok, thresholds=_LIMITS)}</SensorNameTable>"
        for name, value, ok in sensors
    )
    return (
        "<Get><AdminOperational><EnvironmentalMonitoring><Module><SensorType>"
        f"{rows}</SensorType></Module></EnvironmentalMonitoring></AdminOperational></Get>"
    )


def _card(slot: str) -> str:
    return (
        f"<Slot><Naming><Name>{slot}</Name></Naming><CardTable><Card><Attributes><FRUInfo><ModuleAdministrativeState>"
        "ADMIN_UP</ModuleAdministrativeState></FRUInfo></Attributes></Card></CardTable></Slot>"
    )


LLDP = """Capability codes:
        (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
        (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other

Device ID       Local Intf          Hold-time  Capability     Port ID
rt-core         Te0/0/0/0           120        R               Gi0/0/0/1
a-name-longer-than-its-column.example
                Te0/0/0/1           120        B,R             Gi1/0/24

Total entries displayed: 2"""

PHY = """Operational data for interface HundredGigE0/0/0/0:

Phy:
    Digital Optical Monitoring:
           Wavelength    Tx Power          Rx Power      Laser Bias
        Lane  (nm)    (dBm)    (mW)     (dBm)     (mW)      (mA)
        --   -----   ------   ------    ------   ------    ------
        01     n/a     0.4   1.0847     -1.5   0.7066     6.066
        02     n/a     0.5   1.1314     -21.3(L)   0.0074 (L)     5.854
        Transmit Power (dBm):      4.400      -inf      -inf   -10.410

PHY data for interface: TenGigE0/0/0/1

        Tx Power:  0.58480 mW (-2.33000 dBm)
        Rx Power:  0.30410 mW (-5.17000 dBm)
"""

REPLIES = {
    "<AdminOperational><PlatformInventory>": "<Get><AdminOperational><PlatformInventory>"
    + "".join(_card(slot) for slot in ("RSP0", "FT0", "PM0"))
    + "</PlatformInventory></AdminOperational></Get>",
    "<slot>PM0<": _slot(("host__VOLT", 54_000, 1), ("host__CURR", 10_000, 1), ("host__PM", 3000, 1)),
    "<slot>FT0<": _slot(("host__FanSpeed_0", 4000, 0)),
    "<slot>RSP0<": _slot(("host__Inlet0", 310, 1)),
    "<MemorySummary>": """
<Get><AdminOperational><MemorySummary><Node><Naming><NodeName><Slot>RSP0</Slot></NodeName></Naming><Summary>
<SystemRAMMemory>8000</SystemRAMMemory><FreeApplicationMemory>6000</FreeApplicationMemory></Summary></Node></MemorySummary>
</AdminOperational></Get>""",
    "<SystemMonitoring>": """
<Get><Operational><SystemMonitoring><CPUUtilization><Naming><NodeName><Rack>0</Rack><Slot>RSP0</Slot><Instance>CPU0</Instance>
</NodeName></Naming><TotalCPUFiveMinute>12</TotalCPUFiveMinute></CPUUtilization></SystemMonitoring></Operational></Get>""",
    "<IPV4Network>": "<Get><Operational><IPV4Network/><IPV6Network/></Operational></Get>",
    "show lldp neighbors": f"<CLI><Exec>{LLDP}</Exec></CLI>",
    "<ConfigInstanceTable>": "<Get><Operational><BGP/></Operational></Get>",
    "<BGP>": """
<Get><Operational><BGP><InstanceTable><Instance><InstanceActive><DefaultVRF><GlobalProcessInfo><VRF><RouterID>192.0.2.10</RouterID>
</VRF></GlobalProcessInfo><NeighborTable><Neighbor><Naming><NeighborAddress><IPV4Address>192.0.2.6</IPV4Address>
</NeighborAddress></Naming><LocalAS>65001</LocalAS><RemoteAS>65002</RemoteAS><RouterID>192.0.2.6</RouterID>
<ConnectionAdminStatus>1</ConnectionAdminStatus><ConnectionState>BGP_ST_ESTAB</ConnectionState>
<ConnectionEstablishedTime>86400</ConnectionEstablishedTime><Description>proveedor</Description>
<ConnectionRemoteAddress><AFI>IPv4</AFI></ConnectionRemoteAddress><AFData><Entry><PrefixesAccepted>7</PrefixesAccepted>
<PrefixesDenied>1</PrefixesDenied><PrefixesAdvertised>3</PrefixesAdvertised></Entry></AFData></Neighbor></NeighborTable>
</DefaultVRF></InstanceActive></Instance></InstanceTable></BGP></Operational></Get>""",
    "<NTP>": """
<Get><Operational><NTP><NodeTable><Node><Associations><PeerSummaryInfo><Entry><PeerInfoCommon><IsSysPeer>true</IsSysPeer>
<Address>192.0.2.1</Address><ReferenceID>.GPS.</ReferenceID><HostPoll>64</HostPoll><Reachability>255</Reachability>
<Stratum>2</Stratum><Delay>1.5</Delay><Offset>0.35</Offset><Dispersion>0.1</Dispersion></PeerInfoCommon></Entry>
</PeerSummaryInfo></Associations></Node></NodeTable></NTP></Operational></Get>""",
    "<PlatformInventory>": """
<Get><Operational><SystemTime><Uptime><Hostname>xr-test</Hostname><Uptime>1047907</Uptime></Uptime></SystemTime>
<PlatformInventory><RackTable><Rack><Attributes><BasicInfo><SerialNumber>FOX0000TEST</SerialNumber>
<SoftwareRevision>6.4.2</SoftwareRevision><ModelName>ASR-9006-AC-V2</ModelName></BasicInfo></Attributes></Rack></RackTable>
</PlatformInventory></Operational></Get>""",
    "<Interfaces": "<Get><Operational><Interfaces><InterfaceTable>"
    + _INTERFACE.format(name="TenGigE0/0/0/0", line="IM_STATE_UP", state="IM_STATE_UP", last="01", description="uplink")
    + _INTERFACE.format(
        name="TenGigE0/0/0/1", line="IM_STATE_DOWN", state="IM_STATE_ADMINDOWN", last="02", description=""
    )
    + "</InterfaceTable></Interfaces></Operational></Get>",
    "<ARP>": """
<Get><Operational><ARP><NodeTable><Node><EntryTable><Entry><InterfaceName>TenGigE0/0/0/0</InterfaceName>
<Address>192.0.2.1</Address><Age>12</Age><HardwareAddress>0011.2233.4499</HardwareAddress></Entry></EntryTable></Node>
</NodeTable></ARP></Operational></Get>""",
}
