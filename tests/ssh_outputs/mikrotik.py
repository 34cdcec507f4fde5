"""A MikroTik router (RouterOS 7)."""

RESOURCE = """\
                   uptime: 3w2d1h5m9s
                  version: 7.11.2 (stable)
               build-time: Aug/31/2023 13:55:47
         factory-software: 6.44
              free-memory: 512.5MiB
             total-memory: 1024.0MiB
                      cpu: ARM
                cpu-count: 4
            cpu-frequency: 1400MHz
                 cpu-load: 7%
           free-hdd-space: 100.0MiB
          total-hdd-space: 128.0MiB
        architecture-name: arm
               board-name: RB4011iGS+
                 platform: MikroTik
"""
