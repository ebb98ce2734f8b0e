//! Addresses of this machine by the names of its network interfaces.

use std::io;
use std::net::IpAddr;

/// The address of an interface, such as `docker0`: its IPv4 address where it has one.
///
/// # Errors
/// When there is no such interface, or it has no address; the message names those there are.
pub fn interface_address(name: &str) -> io::Result<IpAddr> {
    let interfaces = if_addrs::get_if_addrs()?;
    let mut own: Vec<IpAddr> =
        interfaces.iter().filter(|i| i.name == name).map(if_addrs::Interface::ip).collect();
    own.sort_unstable_by_key(IpAddr::is_ipv6);
    own.first().copied().ok_or_else(|| {
        let mut names: Vec<&str> = interfaces.iter().map(|interface| &*interface.name).collect();
        names.sort_unstable();
        names.dedup();
        let message = format!("there is no network interface {name}; there are {}", names.join(", "));
        io::Error::new(io::ErrorKind::NotFound, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_an_address_and_what_is_not_there_is_named() {
        let interfaces = if_addrs::get_if_addrs().unwrap();
        let loopback = interfaces.iter().find(|interface| interface.is_loopback()).unwrap();
        assert!(interface_address(&loopback.name).unwrap().is_loopback());
        let error = interface_address("docker-9").unwrap_err().to_string();
        assert!(error.contains("docker-9") && error.contains(&loopback.name), "{error}");
    }
}
