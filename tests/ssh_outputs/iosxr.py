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

REPLIES = {
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
