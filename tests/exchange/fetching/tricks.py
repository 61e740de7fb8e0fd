"""Addresses by which somebody would have us ask a machine that is none of the public internet."""

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.127.127.127", "2130706433", "0x7f000001", "0x7F000001",
    "0x7f.0.0.1", "0x7f.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "00177.0.0.1",
    "127.000.000.001", "127.0.0.01", "0x7f.0.0.01", "0",
    "0.0.0.0", "0x0", "00", "000.000.000.000", "0.0", "127.0.0.0x1",
    "4294967295", "4294967296", "18446744071562067969", "425.510.425.510", "127.0.0.257", "127..1", ".127.0.0.1",
    "localhost", "LOCALHOST", "localhost.", "localhost..", "a.localhost", "localhost.localdomain", "ip6-localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0001]", "[::127.0.0.1]",
    "[::7f00:1]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[::ffff:0.0.0.0]", "[::1%25lo]", "[::1%lo]", "[::1]x", "[::1", "::1", "[[::1]]", "[127.0.0.1]", "[v1.::1]", "[]",
    "１２７.０.０.１", "127。0。0。1", "127｡0｡0｡1", "127．0．0．1", "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "٠", "१२७.०.०.१", "２１３０７０６４３３",
    "０ｘ7f000001", "ｌｏｃａｌｈｏｓｔ", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ℓocalhost", "loc\u00adalhost", "local\u200bhost", "localho\u017ft",
    "localhoſt.", "LOCALHOﬆ", "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "%6cocalhost", "localhost%00.example.jp",
    "127.0.0.1%2f.example.jp", "127.0.0.1%23.example.jp",
]  # fmt: skip
"""Hosts that mean this machine to somebody, or to some library."""

INSIDE = [
    "10.0.0.1", "10.255.255.255", "167772161", "012.0.0.1", "0xa.0.0.1", "172.16.0.1", "172.31.255.255", "0xac100001",
    "192.168.0.1", "192.168.257", "3232235521", "0300.0250.0.1", "100.64.0.1", "100.127.255.254", "100.100.100.200",
    "169.254.169.254", "169.254.43518", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe",
    "169.254.170.2", "169.254.0.1", "192.0.0.1", "192.0.0.192", "192.0.0.9", "192.0.2.1", "198.51.100.7",
    "203.0.113.9", "192.88.99.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "192.31.196.1", "192.52.193.1", "192.175.48.1", "0.1.2.3",
    "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::ffff:192.168.0.1]", "[::ffff:8.8.8.8]", "[::8.8.8.8]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::a00:1]", "[64:ff9b:1:fffe::10.0.0.1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::]",
    "[2002:808:808::1]", "[2001::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:10::1]", "[2001:20::1]",
    "[2001:2::1]", "[2001:db8::1]", "[3fff::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::a9fe:a9fe%eth0]",
    "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "[ff02::1]", "[ff05::2]", "[100::1]",
    "[200::1]", "[4000::1]", "[5f00::1]", "[e000::1]", "[2600::5efe:10.0.0.1]", "[2600::200:5efe:a9fe:a9fe]",
    "[2620:4f:8000::1]",
]  # fmt: skip
"""Hosts of private networks, of clouds' own services, of nobody."""

NAMES = [
    "redis", "postgres", "web", "metadata", "instance-data", "metadata.google.internal", "host.docker.internal",
    "gateway.docker.internal", "kubernetes.default.svc.cluster.local", "consul.service.internal", "router.lan",
    "nas.home", "files.corp", "printer.local", "x.home.arpa", "1.0.0.127.in-addr.arpa", "hidden.onion",
    "nobody.invalid",
    "metadata.google.internal.", "host.docker.internal。", "rediſ", "a_b.example.jp", "-a.example.jp", "a..example.jp",
    "xn--a.example.jp", "a.example.jp.", "exa mple.jp", "", ".", "..", "*", "a" * 64 + ".jp", "a\x00.example.jp",
]  # fmt: skip
"""Names that mean something in one network alone, or are none."""

WHOLE = [
    "https://good.example.jp@127.0.0.1/", "https://good.example.jp:443@127.0.0.1/", "https://a:b@good.example.jp/",
    "https://@good.example.jp/", "https://127.0.0.1@good.example.jp/", "https://good.example.jp%40127.0.0.1/",
    "https://good.example.jp\\@127.0.0.1/", "https://127.0.0.1\\.good.example.jp/", "https:\\\\127.0.0.1\\",
    "https:/\\127.0.0.1/", "https:/127.0.0.1/", "https:///127.0.0.1/", "https:127.0.0.1/", "//127.0.0.1/",
    "127.0.0.1", "https://127.0.0.1#@good.example.jp/", "https://127.0.0.1?@good.example.jp/",
    "https://127.0.0.1;good.example.jp/", "https://127.0.0.1,good.example.jp/", "https://127.0.0.1 good.example.jp/",
    "https://127.0.0.1:443:good.example.jp/", "https://good.example.jp:22/", "https://good.example.jp:25/",
    "https://good.example.jp:5432/", "https://good.example.jp:6379/", "https://good.example.jp:0/",
    "https://good.example.jp:65979/", "https://good.example.jp:99999/", "https://good.example.jp:000443/",
    "https://good.example.jp:443443/", "https://good.example.jp:-443/", "https://good.example.jp:+443/",
    "https://good.example.jp: 443/", "https://good.example.jp:443@/", "https://good.example.jp:４４３/",
    "https://good.example.jp:٤٤٣/", "https://good.example.jp:0x1bb/", "https://good.example.jp:443:25/",
    "http://127.0.0.1/", "http://good.example.jp/", "http://good.example.jp:443/", "webcal://127.0.0.1/",
    "webcal://[::1]/", "webcals://localhost/", "WEBCAL://LOCALHOST/", "webcal:127.0.0.1", "webcal:https://127.0.0.1/",
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "FILE:///etc/hosts", "ftp://good.example.jp/",
    "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "tftp://127.0.0.1/x",
    "sftp://127.0.0.1/", "ssh://127.0.0.1/", "smb://127.0.0.1/x", "jar:https://127.0.0.1!/x", "data:text/calendar,x",
    "javascript:alert(1)", "blob:https://127.0.0.1/x", "unix:/var/run/docker.sock", "http+unix://%2fvar%2frun%2fx/",
    "https+insecure://127.0.0.1/", "netdoc:///etc/passwd", "view-source:https://127.0.0.1/", "about:blank", "",
    " ", "https://", "https:///", "https://:443/", "https://good.example.jp\r\nHost: 127.0.0.1/",
    "https://good.example.jp/\r\nHost: 127.0.0.1", "https://good.example.jp/ HTTP/1.1\r\nHost: a\r\n\r\nGET /",
    "https://good.example.jp/a b", "https://127.0.0\t.1/", "ht\ntps://127.0.0.1/", "\x00https://127.0.0.1/",
    "https://good.example.jp\t@127.0.0.1/", "https://good.example.jp\x00.127.0.0.1/", "https://good.example.jp/\x00",
    "https://good.example.jp/" + "a" * 2_000, "ｈｔｔｐｓ://127.0.0.1/", "https：//127.0.0.1/", "https://／127.0.0.1/",
    "https://good.example.jp／@127.0.0.1/", "https://good.example.jp＠127.0.0.1/", "https://good.example.jp＃.127.0.0.1/",
    "https://good.example.jp℀.127.0.0.1/",
]  # fmt: skip
"""Addresses whose host is in doubt, or that no web server answers."""

URLS = [f"https://{host}/x.ics" for host in LOOPBACK + INSIDE + NAMES] + WHOLE

ANSWERS = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "100.64.9.9", "169.254.169.254", "172.20.0.5", "192.0.0.8",
    "192.168.1.1", "198.18.0.5", "203.0.113.1", "224.0.0.251", "255.255.255.255", "168.63.129.16", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::1", "2001::53aa:64c",
    "fe80::1%eth0", "fe80::1", "fd00::1", "ff02::fb", "2001:db8::5", "100::9", "2600::5efe:7f00:1", "nonsense", "",
]  # fmt: skip
"""What the resolver may say of a name that looks public."""
