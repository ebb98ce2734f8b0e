//! This machine's network interfaces: their addresses by name, and which of them containers are on.

use if_addrs::{IfAddr, Interface, get_if_addrs};
use std::io;
use std::net::IpAddr;
use std::path::Path;

/// Where Linux describes its interfaces. Elsewhere containers come by loopback, and there is no such folder.
const CLASS_NET: &str = "/sys/class/net";

/// The address of an interface, such as `docker0`: its IPv4 address where it has one.
///
/// # Errors
/// When there is no such interface, or it has no address; the message names those there are.
pub fn interface_address(name: &str) -> io::Result<IpAddr> {
    let interfaces = get_if_addrs()?;
    let mut own: Vec<IpAddr> =
        interfaces.iter().filter(|interface| interface.name == name).map(Interface::ip).collect();
    own.sort_unstable_by_key(IpAddr::is_ipv6);
    own.first().copied().ok_or_else(|| {
        let mut names: Vec<&str> = interfaces.iter().map(|interface| &*interface.name).collect();
        names.sort_unstable();
        names.dedup();
        let message = format!("there is no network interface {name}; there are {}", names.join(", "));
        io::Error::new(io::ErrorKind::NotFound, message)
    })
}

/// Whether an address is on a network that only containers of this machine are on. Looked up anew each time: compose
/// makes a network with each project that it starts.
pub(crate) fn is_container(peer: IpAddr) -> bool {
    let interfaces = get_if_addrs().unwrap_or_default();
    interfaces.iter().any(|interface| {
        is_on_network(&interface.addr, peer) && is_virtual_bridge(Path::new(CLASS_NET), &interface.name)
    })
}

fn is_on_network(own: &IfAddr, peer: IpAddr) -> bool {
    match (own, peer) {
        (IfAddr::V4(own), IpAddr::V4(peer)) => {
            let mask = own.netmask.to_bits();
            own.ip.to_bits() & mask == peer.to_bits() & mask
        }
        (IfAddr::V6(own), IpAddr::V6(peer)) => {
            let mask = own.netmask.to_bits();
            own.ip.to_bits() & mask == peer.to_bits() & mask
        }
        _ => false,
    }
}

/// Whether an interface is a bridge that joins no hardware: a bridge to a network card has that card's network on it.
fn is_virtual_bridge(class_net: &Path, name: &str) -> bool {
    let members = std::fs::read_dir(class_net.join(name).join("brif"));
    members.is_ok_and(|members| {
        members.flatten().all(|member| !class_net.join(member.file_name()).join("device").exists())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use if_addrs::Ifv4Addr;
    use std::net::Ipv4Addr;

    #[test]
    fn loopback_has_an_address_and_what_is_not_there_is_named() {
        let interfaces = get_if_addrs().unwrap();
        let loopback = interfaces.iter().find(|interface| interface.is_loopback()).unwrap();
        assert!(interface_address(&loopback.name).unwrap().is_loopback());
        let error = interface_address("docker-9").unwrap_err().to_string();
        assert!(error.contains("docker-9") && error.contains(&loopback.name), "{error}");
    }

    #[test]
    fn a_network_ends_at_its_mask() {
        let (ip, netmask) = (Ipv4Addr::new(172, 18, 0, 1), Ipv4Addr::new(255, 255, 0, 0));
        let own = IfAddr::V4(Ifv4Addr { ip, netmask, prefixlen: 16, broadcast: None });
        for (peer, is_on) in
            [("172.18.255.9", true), ("172.18.0.1", true), ("172.19.0.9", false), ("::1", false)]
        {
            assert_eq!(is_on_network(&own, peer.parse().unwrap()), is_on, "{peer}");
        }
    }

    #[test]
    fn a_bridge_to_a_network_card_is_not_the_containers() {
        let class_net = tempfile::tempdir().unwrap();
        let path = |path: &str| class_net.path().join(path);
        for folder in
            ["docker0/brif/veth1", "br0/brif/veth2", "br0/brif/eth0", "veth1", "veth2", "eth0/device"]
        {
            std::fs::create_dir_all(path(folder)).unwrap();
        }
        std::fs::create_dir_all(path("br-empty/brif")).unwrap();
        for (name, is_theirs) in
            [("docker0", true), ("br-empty", true), ("br0", false), ("eth0", false), ("none", false)]
        {
            assert_eq!(is_virtual_bridge(class_net.path(), name), is_theirs, "{name}");
        }
    }
}
