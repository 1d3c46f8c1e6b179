//! Where a request comes from: the peer of the connection, or what the trusted proxies say.

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address a request is counted for. Of IPv6 only the network: a client has 2^64 addresses in it.
pub(super) fn client_address(parts: &Parts, trusted_proxies: u8) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    // Without a connection there is nobody to tell apart: the router is called directly.
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |p| p.0.ip());
    network(forwarded(parts, trusted_proxies).unwrap_or(peer))
}

/// Every proxy appends the address it was asked from, so the client stands that many entries from the end. What stands
/// before it is the client's own word.
fn forwarded(parts: &Parts, trusted_proxies: u8) -> Option<IpAddr> {
    let back = usize::from(trusted_proxies).checked_sub(1)?;
    let headers = parts.headers.get_all("x-forwarded-for");
    let entries: Vec<&str> = headers
        .iter()
        .filter_map(|h| h.to_str().ok())
        .flat_map(|h| h.split(','))
        .collect();
    entries.iter().rev().nth(back)?.trim().parse().ok()
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[track_caller]
    fn check(header: &str, trusted_proxies: u8, expect: &str) {
        let request = Request::get("/")
            .header("x-forwarded-for", header)
            .body(())
            .unwrap();
        let (mut parts, ()) = request.into_parts();
        parts
            .extensions
            .insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4000))));
        assert_eq!(
            client_address(&parts, trusted_proxies).to_string(),
            expect,
            "{header}"
        );
    }

    #[test]
    fn the_header_counts_only_as_far_as_the_proxies_wrote_it() {
        check("1.2.3.4", 0, "10.0.0.1");
        check("1.2.3.4", 1, "1.2.3.4");
        check("6.6.6.6, 1.2.3.4", 1, "1.2.3.4");
        check("6.6.6.6, 1.2.3.4,5.5.5.5", 2, "1.2.3.4");
        check("1.2.3.4", 2, "10.0.0.1");
        check("nonsense", 1, "10.0.0.1");
        check("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::");
        check("::ffff:1.2.3.4", 1, "1.2.3.4");
    }
}
