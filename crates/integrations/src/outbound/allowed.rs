//! What the operator allows to be called inside: hosts by name, all names below one, addresses and networks.

use std::net::IpAddr;

use url::{Host, Url};

use super::{
    address::{Reach, reach},
    error::OutboundError,
};

/// What may be called although it is inside. Empty, nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    names: Vec<String>,
    below: Vec<String>,
    networks: Vec<Network>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    base: u128,
    /// Bits that are free, of the 128 that an address has when IPv4 is mapped.
    free: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
        let free = bits.checked_sub(length.unwrap_or(bits))?;
        Some(Self {
            base: number(address),
            free,
        })
    }

    fn holds(self, address: IpAddr) -> bool {
        (number(address) ^ self.base).checked_shr(self.free).unwrap_or(0) == 0
    }
}

/// An address as a number, IPv4 in its mapped form.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

impl Allowed {
    /// Reads a list, separated by commas or spaces: `idp.example.internal`, `*.svc.cluster.local`, `10.1.2.3`, `10.1.0.0/16`.
    ///
    /// # Errors
    /// The entry that is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut allowed = Self::default();
        let entries = text
            .split([',', ' ', '\n', '\t'])
            .filter(|entry| !entry.is_empty());
        for entry in entries {
            if let Some(network) = Network::parse(entry) {
                allowed.networks.push(network);
            } else if let Some(name) = entry.strip_prefix("*.").and_then(plain) {
                allowed.below.push(format!(".{name}"));
            } else if let Some(name) = plain(entry) {
                allowed.names.push(name);
            } else {
                return Err(entry.to_owned());
            }
        }
        Ok(allowed)
    }

    /// The same and the host of an address that is a setting of the operator's: naming it there is leave enough.
    #[must_use]
    pub fn and_host_of(mut self, url: &Url) -> Self {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(name)) => {
                self.names.extend(plain(name));
                return self;
            }
            None => return self,
        };
        self.networks.push(Network {
            base: number(address),
            free: 0,
        });
        self
    }

    /// Whether an address of a host may be called. A name that is allowed may stand for an address inside, never for
    /// metadata; a network that is listed is allowed whatever it is.
    pub(super) fn admits(&self, host: &str, address: IpAddr) -> bool {
        if self.networks.iter().any(|network| network.holds(address)) {
            return true;
        }
        match reach(address) {
            Reach::Global => true,
            Reach::Inside => self.names_host(host),
            Reach::Never => false,
        }
    }

    /// All addresses of a host, or none: a name that stands for the internet and the inside at once is a trick.
    ///
    /// # Errors
    /// [`OutboundError::Inside`] and [`OutboundError::Nowhere`].
    pub(super) fn check(&self, host: &str, addresses: &[IpAddr]) -> Result<(), OutboundError> {
        if addresses.is_empty() {
            return Err(OutboundError::Nowhere {
                host: host.to_owned(),
            });
        }
        if addresses.iter().all(|address| self.admits(host, *address)) {
            Ok(())
        } else {
            Err(OutboundError::Inside {
                host: host.to_owned(),
            })
        }
    }

    fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.names.contains(&host) || self.below.iter().any(|end| host.ends_with(end.as_str()))
    }
}

/// A name of a host in lower case; `None` for what is none, or is only digits and dots.
fn plain(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let fits = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_name = name.split('.').all(fits) && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(list: &str, host: &str, address: &str) -> bool {
        Allowed::parse(list)
            .unwrap()
            .admits(host, address.parse().unwrap())
    }

    #[test]
    fn nothing_inside_is_called_unless_it_is_listed() {
        assert!(admits("", "example.com", "1.1.1.1"));
        assert!(!admits("", "example.com", "10.0.0.1"));
        assert!(admits("idp.internal, 10.9.0.0/16", "IDP.internal.", "10.0.0.1"));
        assert!(!admits("idp.internal", "evil-idp.internal", "10.0.0.1"));
        assert!(admits(
            "*.svc.cluster.local",
            "dex.auth.svc.cluster.local",
            "10.0.0.1"
        ));
        assert!(!admits("*.svc.cluster.local", "svc.cluster.local", "10.0.0.1"));
        assert!(!admits(
            "*.cluster.local",
            "cluster.local.evil.example",
            "10.0.0.1"
        ));
    }

    #[test]
    fn networks_hold_their_addresses_in_every_form() {
        assert!(admits("10.1.0.0/16", "x", "10.1.255.255"));
        assert!(admits("10.1.0.0/16", "x", "::ffff:10.1.2.3"));
        assert!(!admits("10.1.0.0/16", "x", "10.2.0.0"));
        assert!(admits("127.0.0.1", "localhost", "127.0.0.1"));
        assert!(!admits("127.0.0.1", "localhost", "127.0.0.2"));
        assert!(admits("fd12::/16", "x", "fd12:3::4"));
        assert!(admits("0.0.0.0/0", "x", "192.168.0.1"));
        assert!(!admits("0.0.0.0/0", "x", "fd12::1"));
        assert!(admits("::/0", "x", "fd12::1"));
    }

    #[test]
    fn what_is_a_setting_may_be_inside_and_nothing_beside_it() {
        let set = |url: &str| Allowed::default().and_host_of(&url.parse().unwrap());
        let admits = |set: &Allowed, host: &str, address: &str| set.admits(host, address.parse().unwrap());
        let named = set("https://IDP.internal:8443/realms/acme");
        assert!(admits(&named, "idp.internal", "10.0.0.1"));
        assert!(!admits(&named, "keys.internal", "10.0.0.1"));
        assert!(!admits(&named, "idp.internal", "169.254.169.254"));
        for url in ["http://127.0.0.1:9/x", "http://[::ffff:127.0.0.1]/"] {
            let literal = set(url);
            assert!(admits(&literal, "127.0.0.1", "127.0.0.1"), "{url}");
            assert!(!admits(&literal, "127.0.0.2", "127.0.0.2"), "{url}");
        }
    }

    #[test]
    fn an_allowed_name_never_leads_to_metadata() {
        assert!(!admits("idp.internal", "idp.internal", "169.254.169.254"));
        assert!(!admits(
            "*.internal",
            "metadata.google.internal",
            "169.254.169.254"
        ));
        assert!(
            admits("169.254.169.254", "x", "169.254.169.254"),
            "unless its address is listed"
        );
    }

    #[test]
    fn a_name_that_stands_for_both_sides_is_refused_whole() {
        let addresses = ["1.1.1.1", "127.0.0.1"].map(|text| text.parse().unwrap());
        let none = Allowed::default();
        assert!(matches!(
            none.check("rebind.example", &addresses),
            Err(OutboundError::Inside { .. })
        ));
        assert!(none.check("good.example", &addresses[..1]).is_ok());
        assert!(matches!(
            none.check("gone.example", &[]),
            Err(OutboundError::Nowhere { .. })
        ));
    }

    #[test]
    fn what_is_no_host_is_named() {
        for wrong in [
            "http://x",
            "10.0.0.0/33",
            "*.*.x",
            "10.0.0",
            "a..b",
            "ho st/x",
            "*",
        ] {
            assert!(Allowed::parse(wrong).is_err(), "{wrong}");
        }
    }
}
