"""A Juniper router over NETCONF: RPC -> what stands inside its reply."""

OUTPUTS = {
    "get-interface-information": """\
<interface-information>
 <physical-interface><name>ge-0/0/0</name><admin-status>up</admin-status><oper-status>up</oper-status>
  <description>to the palace</description><current-physical-address>00:11:22:33:44:01</current-physical-address>
  <interface-flapped seconds="3600">1h</interface-flapped><speed>1000mbps</speed><mtu>1514</mtu>
  <traffic-statistics><input-bytes>1000</input-bytes><output-bytes>2000</output-bytes>
   <input-packets>10</input-packets><output-packets>20</output-packets></traffic-statistics>
  <input-error-list><input-errors>3</input-errors><input-discards>0</input-discards></input-error-list>
  <output-error-list><output-errors>0</output-errors><output-drops>5</output-drops></output-error-list>
  <ethernet-mac-statistics><input-unicasts>9</input-unicasts><output-unicasts>19</output-unicasts>
   <input-multicasts>0</input-multicasts><output-multicasts>0</output-multicasts>
   <input-broadcasts>1</input-broadcasts><output-broadcasts>1</output-broadcasts></ethernet-mac-statistics>
 </physical-interface>
 <physical-interface><name>ge-0/0/1</name><admin-status>down</admin-status><oper-status>down</oper-status>
  <current-physical-address>00:11:22:33:44:02</current-physical-address><mtu>1514</mtu>
 </physical-interface>
</interface-information>""",
    "get-system-uptime-information": """\
<system-uptime-information><current-time><date-time seconds="1790000000">now</date-time></current-time>
<uptime-information><up-time seconds="864000">10 days</up-time></uptime-information></system-uptime-information>""",
    "get-software-information": """\
<software-information><host-name>rt-test</host-name><product-model>srx340</product-model>
<product-name>srx340</product-name><junos-version>21.4R3-S5.4</junos-version></software-information>""",
    "get-chassis-inventory": """\
<chassis-inventory><chassis><name>Chassis</name><serial-number>CV0000TEST</serial-number>
<description>SRX340</description></chassis></chassis-inventory>""",
    "get-arp-table-information": """\
<arp-table-information><arp-table-entry><mac-address>00:11:22:33:44:99</mac-address><ip-address>192.0.2.1</ip-address>
<interface-name>ge-0/0/0.0</interface-name></arp-table-entry></arp-table-information>""",
    "get-lldp-neighbors-information": """\
<lldp-neighbors-information><lldp-neighbor-information><lldp-local-interface>ge-0/0/0</lldp-local-interface>
<lldp-remote-system-name>sw-core</lldp-remote-system-name><lldp-remote-port-description>Gi1/0/7</lldp-remote-port-description>
</lldp-neighbor-information></lldp-neighbors-information>""",
    "get-environment-information": """\
<environment-information>
 <environment-item><name>Routing Engine</name><class>Temp</class><status>OK</status>
  <temperature celsius="41">41 degrees C</temperature></environment-item>
 <environment-item><name>Fan 1</name><class>Fans</class><status>Failed</status></environment-item>
 <environment-item><name>Power Supply 0</name><class>Power</class><status>OK</status></environment-item>
</environment-information>""",
    "get-route-engine-information": """\
<route-engine-information><route-engine><slot>0</slot><mastership-state>Master</mastership-state>
<memory-dram-size>4096 MB</memory-dram-size><memory-buffer-utilization>40</memory-buffer-utilization>
<cpu-idle>85</cpu-idle></route-engine></route-engine-information>""",
}
