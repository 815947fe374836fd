//! IP addresses and ranges as bits.

use std::net::IpAddr;

use super::gates::{Bit, Gates};
use super::terms::{Input, Place, Terms};

/// An `ipaddr`: a family, an address and a mask, the most significant bit first. The four bytes of an IPv4 address
/// stand first, and the rest is zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ip {
    v6: Bit,
    address: Vec<Bit>,
    mask: Vec<Bit>,
}

const WIDTH: u16 = 128;
const WIDTH_V4: u16 = 32;

impl Ip {
    /// The range that Cedar reads from a text; `None` where Cedar reads none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u16>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (bits, width) = match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, WIDTH_V4),
            IpAddr::V6(address) => (address.to_bits(), WIDTH),
        };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then(|| Self {
            v6: Bit::constant(address.is_ipv6()),
            address: (0..WIDTH)
                .map(|i| Bit::constant(bits >> (WIDTH - 1 - i) & 1 == 1))
                .collect(),
            mask: (0..WIDTH).map(|i| Bit::constant(i < prefix)).collect(),
        })
    }

    /// The value at a place.
    pub fn at(place: Place, terms: &mut Terms<'_>) -> Self {
        let known = terms.asked(&Input::Bit(place, 0)).is_some();
        let v6 = terms.ask(Input::Bit(place, 0));
        let mut bits = |from: u16| -> Vec<Bit> {
            (0..WIDTH)
                .map(|bit| terms.ask(Input::Bit(place, from + bit)))
                .collect()
        };
        let ip = Self {
            v6,
            address: bits(1),
            mask: bits(1 + WIDTH),
        };
        if !known {
            let mut axiom = Bit::TRUE;
            for (longer, shorter) in ip.mask.iter().skip(1).zip(&ip.mask) {
                let monotone = terms.gates.or(!*longer, *shorter);
                axiom = terms.gates.and(axiom, monotone);
            }
            for bits in [&ip.address, &ip.mask] {
                for bit in bits.iter().skip(usize::from(WIDTH_V4)) {
                    let zero = terms.gates.or(v6, !*bit);
                    axiom = terms.gates.and(axiom, zero);
                }
            }
            terms.require(place, axiom);
        }
        ip
    }

    /// As Cedar reads it, where `bit` says what is at a place: bit 0 is the family, then address and mask.
    pub fn text(bit: impl Fn(u16) -> bool) -> String {
        let number = |from: u16| {
            (0..WIDTH).fold(0_u128, |number, i| number << 1 | u128::from(bit(from + i)))
        };
        let (address, mask) = (number(1), number(1 + WIDTH));
        let prefix = mask.count_ones() as u16;
        let (address, width) = if bit(0) {
            (IpAddr::from(address.to_be_bytes()), WIDTH)
        } else {
            (
                IpAddr::from(((address >> 96) as u32).to_be_bytes()),
                WIDTH_V4,
            )
        };
        let address = match address {
            // Cedar takes no IPv4 address within an IPv6 address.
            IpAddr::V6(address) => address
                .segments()
                .map(|segment| format!("{segment:x}"))
                .join(":"),
            IpAddr::V4(address) => address.to_string(),
        };
        if prefix == width {
            address
        } else {
            format!("{address}/{prefix}")
        }
    }

    /// Whether it is a single address and no range, where its family is known.
    pub fn is_one(&self, v6: bool) -> Option<Bit> {
        let width = if v6 { WIDTH } else { WIDTH_V4 };
        self.mask.get(usize::from(width) - 1).copied()
    }

    /// That its address is zero.
    pub fn zeros(&self) -> Vec<Bit> {
        self.address.iter().map(|bit| !*bit).collect()
    }

    /// Family, address and mask.
    pub fn bits(&self) -> impl Iterator<Item = Bit> {
        [self.v6]
            .into_iter()
            .chain(self.address.iter().copied())
            .chain(self.mask.iter().copied())
    }

    /// `isIpv6`
    pub const fn is_v6(&self) -> Bit {
        self.v6
    }

    /// `==`
    pub fn equals(&self, other: &Self, gates: &mut Gates) -> Bit {
        let mut all = gates.same(self.v6, other.v6);
        for (a, b) in [(&self.address, &other.address), (&self.mask, &other.mask)] {
            for (a, b) in a.iter().zip(b) {
                let same = gates.same(*a, *b);
                all = gates.and(all, same);
            }
        }
        all
    }

    /// `isInRange`
    pub fn in_range(&self, range: &Self, gates: &mut Gates) -> Bit {
        let mut all = gates.same(self.v6, range.v6);
        for ((a, own), (b, mask)) in
            (self.address.iter().zip(&self.mask)).zip(range.address.iter().zip(&range.mask))
        {
            let same = gates.same(*a, *b);
            let covered = gates.and(same, *own);
            let fits = gates.or(!*mask, covered);
            all = gates.and(all, fits);
        }
        all
    }

    /// Whether it lies in one of these ranges.
    pub fn in_any(&self, ranges: [&str; 2], gates: &mut Gates) -> Bit {
        ranges
            .into_iter()
            .filter_map(Self::parse)
            .fold(Bit::FALSE, |any, range| {
                let within = self.in_range(&range, gates);
                gates.or(any, within)
            })
    }

    /// The first where the condition holds, else the second.
    pub fn choose(condition: Bit, then: &Self, other: &Self, gates: &mut Gates) -> Self {
        let mut each = |a: &[Bit], b: &[Bit]| -> Vec<Bit> {
            a.iter()
                .zip(b)
                .map(|(a, b)| gates.choose(condition, *a, *b))
                .collect()
        };
        let (address, mask) = (
            each(&then.address, &other.address),
            each(&then.mask, &other.mask),
        );
        Self {
            v6: gates.choose(condition, then.v6, other.v6),
            address,
            mask,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn ranges_contain_what_cedar_says() {
        let mut gates = Gates::default();
        for (a, b, within) in [
            ("10.0.0.1", "10.0.0.0/8", true),
            ("10.0.0.0/7", "10.0.0.0/8", false),
            ("10.0.0.1/24", "10.0.0.77/24", true),
            ("11.0.0.1", "10.0.0.0/8", false),
            ("::1", "::/0", true),
            ("10.0.0.1", "::/0", false),
            ("127.1.2.3", "127.0.0.0/8", true),
        ] {
            let (x, y) = (Ip::parse(a).unwrap(), Ip::parse(b).unwrap());
            assert_eq!(x.in_range(&y, &mut gates), Bit::constant(within), "{a} {b}");
        }
        let (a, b) = ("10.0.0.1/24", "10.0.0.2/24");
        let (a, b) = (Ip::parse(a).unwrap(), Ip::parse(b).unwrap());
        assert_eq!(a.equals(&b, &mut gates), Bit::FALSE);
        assert!(Ip::parse("10.0.0.1/33").is_none() && Ip::parse("10.0.0").is_none());
    }

    #[test]
    fn a_text_is_read_back() {
        for text in [
            "10.1.2.3",
            "10.0.0.0/8",
            "0:0:0:0:0:0:0:1",
            "ff00:0:0:0:0:ffff:a0b:c0d/9",
        ] {
            let ip = Ip::parse(text).unwrap();
            let bits: Vec<Bit> = ip.bits().collect();
            let again = Ip::text(|bit| bits.get(usize::from(bit)) == Some(&Bit::TRUE));
            assert_eq!(again, text);
        }
    }
}
