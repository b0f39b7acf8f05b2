/// The first `muster.yaml`: the administrator's from then on.
enum SettingsTemplate {
    static let text = """
        # Settings of musterd. An unknown key is an error. What is commented out shows the value that is taken without
        # it.
        # docs/reference/settings.md describes the keys. After a change: systemctl restart musterd

        # Which networks are served. None: musterd answers on its own socket only, and nobody on any network.
        # mode own: Muster gives out the addresses. mode proxy: another DHCP server does, Muster adds where to boot
        # from.
        #networks:
        #  - interface: eth1
        #    mode: own
        #    router: 10.1.0.1
        #    dns: [10.1.0.1]
        #    lease: 3600
        #    # For machines that nobody has defined; without it they get no address.
        #    dynamic_range: 10.1.255.1-10.1.255.254

        #http_port: 80
        #https_port: 443
        #tftp_port: 69
        #dhcp_port: 67

        # trace, debug, info, notice, warning, error or critical
        #log_level: info

        # Open connections that one address may have, on each of the HTTP and HTTPS ports.
        #connections_per_address: 256

        # Further servers with the same public tree, by HTTPS with a certificate of this site: machines fetch chunks of
        # images from them, too.
        #mirrors: [10.1.0.2:443]

        # Seconds between the heartbeats of a running node.
        #heartbeat: 60

        """
}
