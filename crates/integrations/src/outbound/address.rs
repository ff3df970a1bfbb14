//! Which addresses are the internet's, which are inside, and which nothing is ever called at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anybody's, anywhere.
    Global,
    /// Of this machine or the networks that it is in.
    Inside,
    /// Where a cloud tells its machines who they are, and what is no host at all.
    Never,
}

/// Ranges of IPv4 that are not global (IANA's registry of special purposes), with what they are.
const V4: [([u8; 4], u32, Reach); 16] = [
    ([0, 0, 0, 0], 8, Reach::Never),
    ([10, 0, 0, 0], 8, Reach::Inside),
    // Alibaba's metadata; before its range, which is that of carriers.
    ([100, 100, 100, 200], 32, Reach::Never),
    ([100, 64, 0, 0], 10, Reach::Inside),
    ([127, 0, 0, 0], 8, Reach::Inside),
    // Azure's metadata, which is in a global range.
    ([168, 63, 129, 16], 32, Reach::Never),
    // The metadata of AWS, Azure, Google and others.
    ([169, 254, 0, 0], 16, Reach::Never),
    ([172, 16, 0, 0], 12, Reach::Inside),
    // Protocols, and Oracle's metadata.
    ([192, 0, 0, 0], 24, Reach::Never),
    ([192, 0, 2, 0], 24, Reach::Never),
    ([192, 88, 99, 0], 24, Reach::Never),
    ([192, 168, 0, 0], 16, Reach::Inside),
    ([198, 18, 0, 0], 15, Reach::Inside),
    ([198, 51, 100, 0], 24, Reach::Never),
    ([203, 0, 113, 0], 24, Reach::Never),
    // Multicast, reserved, broadcast.
    ([224, 0, 0, 0], 3, Reach::Never),
];

/// The same of IPv6. What stands in none of them has no host, or no meaning any more.
const V6: [(Ipv6Addr, u32, Reach); 8] = [
    (Ipv6Addr::LOCALHOST, 128, Reach::Inside),
    // The metadata of AWS, in a range that is otherwise inside.
    (
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        128,
        Reach::Never,
    ),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Reach::Inside),
    // Protocols, Teredo, documentation, and 6to4: tunnels through others' relays.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Reach::Never),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Reach::Never),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Reach::Never),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Reach::Never),
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Reach::Global),
];

/// What an address is, whatever form it is written in.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = u32::from(address);
    V4.iter()
        .find(|(base, length, _)| (bits ^ u32::from_be_bytes(*base)) >> (32 - length) == 0)
        .map_or(Reach::Global, |(_, _, reach)| *reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    // IPv4 in other clothes: mapped, and through NAT64 (RFC 6052).
    if let [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
        return reach_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    let bits = u128::from(address);
    V6.iter()
        .find(|(base, length, _)| (bits ^ u128::from(*base)) >> (128 - length) == 0)
        .map_or(Reach::Never, |(_, _, reach)| *reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_internet_are_global() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(of(text), Reach::Global, "{text}");
        }
    }

    #[test]
    fn what_is_inside_is_inside_in_every_form() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "::1",
            "fc00::1",
            "fdff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            assert_eq!(of(text), Reach::Inside, "{text}");
        }
    }

    #[test]
    fn metadata_and_what_is_no_host_are_called_never() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "192.88.99.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1.1.1.1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert_eq!(of(text), Reach::Never, "{text}");
        }
    }
}
