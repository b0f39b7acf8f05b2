/// Made by ssh-keygen of OpenSSH 9.2 for these tests; the private halves were thrown away.
enum Golden {
    static let publicKeys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID+hjGQFrV3de6ooJ2UEy5FGOHGmmmyJ"
            + "3S0w3xvT1tMe n1 golden",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHlXy74LpCt8BP2Ssm"
            + "tuUdM5b17OlypsGxOFUmepMXs7asSQepaBj0guDHOC6MqSdbYW4VUMlFhF0o4xOy3+ha8= p256",
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBBILg3xsnx30RwzCqI"
            + "OE9wRlIxzWb0cefJLoYjMPvvt3QvGePYUrYc4NOgeClfm759tFGsTfkjURWr0O+XSas7HaNBify9oKAPHqnZAh/e8B"
            + "G3nE8ED1vf1sPTfiAp7NMQ== p384",
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAC/F7PpJ46lJsD8jM"
            + "RV4J2GpA1namOfL8ozIKVwGLWtMc5ej82YYLdgejJbSgW7TVOYwjgPhk1TbKKY2U+6tOEiiwBSHu1BdIFeY4MT/utu"
            + "raOaVZXchQCYuAKNunKklUA+IagtaHeXzsqA5xP0bTCLMXezNJnsymdi+PXn9aBErekgVQ== p521",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCmahegr6W4uExl5X79x/UrPMmaSqaQPOhTQDxmhyC07yFYznweGv"
            + "NkJtjb+fKt6wGHZ2c06riY7u8EQzw2J3xNBExYh0VtQUyYOmqGR3CC3eRoooUGlDbEKTdw+2j7NC365g3aaAV4v3ig"
            + "nmUF7czAtWxQkLoGjVubwYodE3tO5Lfc1Px1G0WTqfVTVXto9sxuUBy/P6nLntPvTZMZL6Jcymf01Q3S/KAArEuQ/T"
            + "ABq62V0VQSn8LydWJDr+QoOy/UxUopPDaZ9xoSUKnyh9DbmmsB5kTSJnKm2y+JAHPkWxc9YtiFefTlDRqJXzE2A5gv"
            + "NF1u00GYVGowQ6anvsNx rsa",
    ]

    /// -s ca -I 'golden id' -z 77 -n alice,bob -V 20260101000000Z:20260201000000Z -O force-command=/bin/true
    /// -O source-address=10.0.0.0/8, of the first of the public keys.
    static let userCertificate = [
        "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIJ+r6lKKchimGW+",
        "hD09WRxRnqBwOIpNYu9KtBnD/YEFvAAAAID+hjGQFrV3de6ooJ2UEy5FGOHGmmmyJ3S0w3xvT1tMeAAAAAAAAAE0AAAABAAAACWd",
        "vbGRlbiBpZAAAABAAAAAFYWxpY2UAAAADYm9iAAAAAGlVuQAAAAAAaX6XgAAAAEYAAAANZm9yY2UtY29tbWFuZAAAAA0AAAAJL2J",
        "pbi90cnVlAAAADnNvdXJjZS1hZGRyZXNzAAAADgAAAAoxMC4wLjAuMC84AAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAA",
        "AAAAAF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQtcHR",
        "5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACABqeqCSpLXNyj3DSiOn5bqJzJ5O8l",
        "I4C4jN7+xFjoGsAAAAFMAAAALc3NoLWVkMjU1MTkAAABACc3ZOiPgZyV+9JZ+PzXJDevU8/iWxHIJQmTsK4xrhmDy44m4MScX5ZA",
        "vkXsCSZTuu5MjOCh4lsrWel7707LhBQ== n1 golden",
    ].joined()

    /// The authority of ``userCertificate``.
    static let authority =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAGp6oJKktc3KPcNKI6fluonMnk7yUjgLiM3v7EWOgaw"
}
