/// Certificates made once for the tests (openssl, P-256), valid from 2020 to 2120 unless their name says otherwise. The
/// key is here because it guards nothing.
package enum TestCertificates {
    /// Signed all servers' certificates here.
    package static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBZjCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
        A1UEAwwOVGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQY
        gQQ6lf9NQJW7UMtRzx1GwEegX5BX1b76FfKbFr9+u+WL9YTTqRNm+kj2u72kx6zc
        axGsnR7nvUBN42AGRIQio0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQE
        AwIBBjAdBgNVHQ4EFgQU+m+EFK58KHIrEBqqvbCnv3s/7aMwCgYIKoZIzj0EAwID
        SQAwRgIhALe1UEuF1q3XNlgY9meZtoR7uaWZs2Ert+Yeq7JBNEiqAiEApyA11Prd
        n6RA0cy0BBOpd89i1YKPAjn7fj/X3p4dtg4=
        -----END CERTIFICATE-----
        """

    /// Signed none of them.
    package static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBZzCCAQ2gAwIBAgIBAjAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9PdGhlciBh
        dXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBoxGDAW
        BgNVBAMMD090aGVyIGF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
        BL2d1klRsHoLd+H7iknuV1dgod3dupAhS8yF6m45qoh6TNAocujdTOeyQ7rZ2qLn
        wpJtieKjtrcihaAHCadfiGCjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/
        BAQDAgEGMB0GA1UdDgQWBBThe5U8cqfww6rUV0yKXsR53wE1hDAKBggqhkjOPQQD
        AgNIADBFAiEAvrbe+0gwRrtpJd+/gHGDnAm5GCNihMU9iDvDk9ogNq8CIAvA6rMy
        1xz9YFT5dbj6cdcy/KrJBZm9MyvkLBfkl64X
        -----END CERTIFICATE-----
        """

    /// Of all servers.
    package static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgROsAyEyBhFHkdj77
        2DTYJK+Pe9O22qnly7RX01EDRBChRANCAATWZy1/uIv2QHR5J8ZW7Nl8+7+4l3P8
        xr6zh1II2XTj8tnAThEY+6Eqra2/JZUoAq6YoOEubdkn1YHaRVGtMNWY
        -----END PRIVATE KEY-----
        """

    /// For 127.0.0.1 and ::1.
    package static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBojCCAUigAwIBAgIBAzAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowETEPMA0G
        A1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1mctf7iL9kB0
        eSfGVuzZfPu/uJdz/Ma+s4dSCNl04/LZwE4RGPuhKq2tvyWVKAKumKDhLm3ZJ9WB
        2kVRrTDVmKOBhjCBgzAhBgNVHREEGjAYhwR/AAABhxAAAAAAAAAAAAAAAAAAAAAB
        MAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYEFDRAHzqk
        iKAVY/7EqX5a3GIDT+/7MB8GA1UdIwQYMBaAFPpvhBSufChyKxAaqr2wp797P+2j
        MAoGCCqGSM49BAMCA0gAMEUCIQCirMHX0Lb+MWjCd5H75ICx5VRI+MYkMkKweU6C
        Wp6lQAIgQHu8D5BxyHvL/iANJq1inWbDrpHJJVWulBPMSieSI2s=
        -----END CERTIFICATE-----
        """

    /// For 127.0.0.1, of January 2020.
    package static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBjDCCATKgAwIBAgIBBDAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAeFw0yMDAxMDEwMDAwMDBaFw0yMDAyMDEwMDAwMDBaMBExDzANBgNV
        BAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNZnLX+4i/ZAdHkn
        xlbs2Xz7v7iXc/zGvrOHUgjZdOPy2cBOERj7oSqtrb8llSgCrpig4S5t2SfVgdpF
        Ua0w1ZijczBxMA8GA1UdEQQIMAaHBH8AAAEwCQYDVR0TBAIwADATBgNVHSUEDDAK
        BggrBgEFBQcDATAdBgNVHQ4EFgQUNEAfOqSIoBVj/sSpflrcYgNP7/swHwYDVR0j
        BBgwFoAU+m+EFK58KHIrEBqqvbCnv3s/7aMwCgYIKoZIzj0EAwIDSAAwRQIgQW/k
        FpcjK48zwOHUgWt6WNsw+QV6nU+mSd6OemUxnk0CIQDH7jKUQohna6xdu42P2ReX
        GwMHOctakluQWZXBe3RiFg==
        -----END CERTIFICATE-----
        """

    /// For 127.0.0.1, from 2100.
    package static let future = """
        -----BEGIN CERTIFICATE-----
        MIIBkTCCATagAwIBAgIBBTAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAiGA8yMTAwMDEwMTAwMDAwMFoYDzIxMTkwMTAxMDAwMDAwWjARMQ8w
        DQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATWZy1/uIv2
        QHR5J8ZW7Nl8+7+4l3P8xr6zh1II2XTj8tnAThEY+6Eqra2/JZUoAq6YoOEubdkn
        1YHaRVGtMNWYo3MwcTAPBgNVHREECDAGhwR/AAABMAkGA1UdEwQCMAAwEwYDVR0l
        BAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYEFDRAHzqkiKAVY/7EqX5a3GIDT+/7MB8G
        A1UdIwQYMBaAFPpvhBSufChyKxAaqr2wp797P+2jMAoGCCqGSM49BAMCA0kAMEYC
        IQDEGjD7H7kbg3iXAsCBs2jk4CvMdvFpoG0ml0+W4K5dagIhAMGFYHSphvCtWivM
        zWgKoJqBoQyyoCGx6uoxNDBNUoUZ
        -----END CERTIFICATE-----
        """

    /// For 10.99.99.99.
    package static let elsewhere = """
        -----BEGIN CERTIFICATE-----
        MIIBjTCCATSgAwIBAgIBBjAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowETEPMA0G
        A1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1mctf7iL9kB0
        eSfGVuzZfPu/uJdz/Ma+s4dSCNl04/LZwE4RGPuhKq2tvyWVKAKumKDhLm3ZJ9WB
        2kVRrTDVmKNzMHEwDwYDVR0RBAgwBocECmNjYzAJBgNVHRMEAjAAMBMGA1UdJQQM
        MAoGCCsGAQUFBwMBMB0GA1UdDgQWBBQ0QB86pIigFWP+xKl+WtxiA0/v+zAfBgNV
        HSMEGDAWgBT6b4QUrnwocisQGqq9sKe/ez/tozAKBggqhkjOPQQDAgNHADBEAiAj
        KWiNPykGFEXJmk0iqBttNxK3bRRExuE1Vfqbf3ElvAIgMwobp+Uj8r7AyfROvL8T
        xkjCeUHp5DK7abedw8ZtQC0=
        -----END CERTIFICATE-----
        """

    /// For 127.0.0.1, until 2119.
    package static let renewed = """
        -----BEGIN CERTIFICATE-----
        MIIBjzCCATSgAwIBAgIBBzAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
        dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MDEwMTAwMDAwMFowETEPMA0G
        A1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1mctf7iL9kB0
        eSfGVuzZfPu/uJdz/Ma+s4dSCNl04/LZwE4RGPuhKq2tvyWVKAKumKDhLm3ZJ9WB
        2kVRrTDVmKNzMHEwDwYDVR0RBAgwBocEfwAAATAJBgNVHRMEAjAAMBMGA1UdJQQM
        MAoGCCsGAQUFBwMBMB0GA1UdDgQWBBQ0QB86pIigFWP+xKl+WtxiA0/v+zAfBgNV
        HSMEGDAWgBT6b4QUrnwocisQGqq9sKe/ez/tozAKBggqhkjOPQQDAgNJADBGAiEA
        2TDf7/zTulyHi0ZHO1uXHLJOKQRaAFTvy9uxndZvoAgCIQCDg2WHLIjYMr1olTEK
        5WneTEzcMLcSECR0vD6Y3bflWw==
        -----END CERTIFICATE-----
        """
}
