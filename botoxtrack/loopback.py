"""Whether a host is this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name, an address or the folder of a socket is on this machine. Names are not looked up."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.startswith("/") or host.endswith(".localhost")
