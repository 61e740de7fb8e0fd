"""The published ticket code, its key and its fields; codes of all kinds for properties."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from app.ticketing.codes import Kind, Payload

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PUBLIC = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"
PAYLOAD = "100107ea000c0123456789abcdef00"
CODE = (
    "Y1:212101C00L60$Y88IHO1QR20YF5EN4FXC.0D4+J10Q:0MTYCASK84DMHN$MHO6EACM8XL/2C%HRT8MU3W:+IV4J.-OVJ1VYM6YE6EN "
    "6DJ9K6.SZVB.MO80"
)
FIELDS = Payload(kind=1, flags=0, kid=1, scope=2026, product=12, serial=0x0123456789ABCDEF, generation=0)

payloads = st.builds(
    Payload,
    kind=st.sampled_from([int(kind) for kind in Kind]),
    flags=st.integers(0, 15),
    kid=st.integers(0, 2**8 - 1),
    scope=st.integers(0, 2**16 - 1),
    product=st.integers(0, 2**16 - 1),
    serial=st.integers(0, 2**64 - 1),
    generation=st.integers(0, 2**8 - 1),
)
