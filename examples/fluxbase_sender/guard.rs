//! Where a webhook may not send to: whoever can make webhooks could otherwise reach the sender's own network.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Names under which clouds give away credentials, whatever they resolve to.
const METADATA: [&str; 3] = ["metadata", "metadata.google.internal", "metadata.goog"];

/// Judges addresses: of a webhook when it is made, and of its host when a connection is made, since what a name
/// resolves to can change in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) allow_loopback: bool,
}

impl Guard {
    /// The webhook's URL, or why it is refused.
    pub(crate) fn check(self, url: &str) -> Result<Url, &'static str> {
        let url = Url::parse(url).map_err(|_| "the URL cannot be read")?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err("the URL does not begin with http:// or https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL holds a user or a password, which would stand in logs: set a header instead");
        }
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_loopback = host == "localhost" || host.ends_with(".localhost");
        if METADATA.contains(&host)
            || (is_loopback && !self.allow_loopback)
            || literal.is_ok_and(|ip| !self.allows(ip))
        {
            return Err("the URL leads to an address that is not public");
        }
        Ok(url)
    }

    fn allows(self, ip: IpAddr) -> bool {
        // An IPv4 address inside an IPv6 one counts as itself.
        match ip.to_canonical() {
            ip if ip.is_loopback() => self.allow_loopback,
            IpAddr::V4(ip) => !is_internal(ip),
            IpAddr::V6(ip) => {
                let is_translated = matches!(ip.segments(), [0x64, 0xff9b, ..] | [0x2002, ..]);
                !(ip.is_unspecified()
                    || ip.is_multicast()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
                    || is_translated)
            }
        }
    }
}

/// What is not public, or nobody's: this network, private, link-local with the clouds' metadata, carriers' shared
/// space, multicast and reserved addresses.
fn is_internal(ip: Ipv4Addr) -> bool {
    let is_shared = matches!(ip.octets(), [100, 64..=127, ..]);
    let is_nobodys = matches!(ip.octets(), [0, ..] | [224.., ..]);
    ip.is_private() || ip.is_link_local() || is_shared || is_nobodys
}

impl Resolve for Guard {
    /// Only what this gives is connected to. One refused address among several refuses the name.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if addresses.iter().any(|address| !guard.allows(address.ip())) {
                return Err(io::Error::other("the host's address is not public").into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: Guard = Guard { allow_loopback: false };
    const LOOPBACK: Guard = Guard { allow_loopback: true };

    #[test]
    fn public_addresses_are_allowed() {
        for url in [
            "https://example.com/webhooks/fluxbase",
            "http://example.com:8080",
            "http://93.184.215.14/",
            "http://[2606:4700::1]/",
        ] {
            assert!(PUBLIC.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn other_addresses_are_refused_however_they_are_written() {
        for url in [
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://255.255.255.255/",
            "http://[::]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://0xa.1/",
            "http://metadata.google.internal/",
            "http://metadata.google.internal./",
            "ftp://example.com/",
            "http://user:pass@example.com/",
            "example.com",
            "",
        ] {
            assert!(PUBLIC.check(url).is_err(), "{url}");
            assert!(LOOPBACK.check(url).is_err(), "{url}");
        }
        for url in [
            "http://127.0.0.1:3000/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LOCALHOST./",
        ] {
            assert!(PUBLIC.check(url).is_err(), "{url}");
            assert!(LOOPBACK.check(url).is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_resolves_to() {
        let resolve = |guard: Guard| guard.resolve("localhost".parse().unwrap());
        assert!(resolve(LOOPBACK).await.is_ok_and(|mut found| found.next().is_some()));
        assert!(resolve(PUBLIC).await.is_err());
    }
}
