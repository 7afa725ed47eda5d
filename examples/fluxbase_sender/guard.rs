//! Where a webhook may not send to: whoever can make webhooks could otherwise reach the sender's own network.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use http::Uri;
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Names under which clouds give away credentials, whatever they resolve to.
const METADATA: [&str; 3] = ["metadata", "metadata.google.internal", "metadata.goog"];

/// Judges addresses: of a webhook when it is made, and of its host when a connection is made, since what a name
/// resolves to can change in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) allow_loopback: bool,
}

impl Guard {
    /// A client that connects to no other addresses.
    pub(crate) fn agent(self) -> Agent {
        let config = Agent::config_builder()
            // A redirect would carry body and signature to wherever the receiver says.
            .max_redirects(0)
            // A proxy would make the connection, and the guard would judge the proxy's address.
            .proxy(None)
            .http_status_as_error(false)
            .build();
        Agent::with_parts(config, DefaultConnector::default(), self)
    }

    /// The webhook's URL, or why it is refused.
    pub(crate) fn check(self, url: &str) -> Result<Uri, &'static str> {
        let url: Uri = url.parse().map_err(|_| "the URL cannot be read")?;
        let (Some("http" | "https"), Some(authority)) = (url.scheme_str(), url.authority()) else {
            return Err("the URL does not begin with http:// or https://");
        };
        if authority.as_str().contains('@') {
            return Err(
                "the URL holds a user or a password, which would stand in logs: set a header instead",
            );
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_loopback = host == "localhost" || host.ends_with(".localhost");
        if METADATA.contains(&host.as_str())
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
    let is_nobodys = matches!(ip.octets(), [0 | 224..=255, ..]);
    ip.is_private() || ip.is_link_local() || is_shared || is_nobodys
}

/// ureq promises nothing about this trait: another minor version may want another signature.
impl Resolver for Guard {
    /// Only what this gives is connected to. One refused address among several refuses the name.
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        if addresses.iter().all(|address| self.allows(address.ip())) {
            Ok(addresses)
        } else {
            Err(io::Error::other("the host's address is not public").into())
        }
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
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LOCALHOST./",
        ] {
            assert!(PUBLIC.check(url).is_err(), "{url}");
            assert!(LOOPBACK.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_host_is_judged_by_what_it_resolves_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "127.1"] {
            let error = PUBLIC.agent().get(format!("http://{host}:{port}/")).call().unwrap_err();
            assert!(error.to_string().contains("not public"), "{host}: {error}");
        }
    }
}
