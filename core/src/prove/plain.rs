//! What makes a witness plain: little in it, and small numbers.

use std::collections::BTreeSet;

use super::gates::Bit;
use super::model::Model;
use super::terms::{Input, Origin, Place, Terms};
use super::value::Value;

/// From which bits on a number is large, the largest first.
const LARGE: [usize; 3] = [40, 16, 7];

/// Bits that hold in a plain witness, in groups that are tried together, the most important first: nothing that may be
/// left out, no truth, no element and no place in a hierarchy, no sign and no newer kind of address.
pub fn first(terms: &mut Terms<'_>, model: &Model) -> Vec<Vec<Bit>> {
    let mut wishes = Vec::new();
    for (input, _) in model.inputs() {
        if let Input::Present(_) | Input::Member(..) | Input::Below(..) = input
            && let Some(bit) = terms.asked(input)
        {
            wishes.push(vec![!bit]);
        }
    }
    for place in places(terms, model) {
        match terms.at(place) {
            Ok(Value::Bool(bit)) => wishes.push(vec![!bit]),
            Ok(Value::Number(number)) => wishes.extend(number.bits().last().map(|bit| vec![!*bit])),
            Ok(Value::Ip(ip)) => wishes.push(vec![!ip.is_v6()]),
            _ => {}
        }
    }
    wishes
}

/// Addresses and no ranges of them, and numbers near zero.
pub fn second(terms: &mut Terms<'_>, model: &Model) -> Vec<Vec<Bit>> {
    let mut wishes = Vec::new();
    let mut numbers: Vec<Vec<Bit>> = Vec::new();
    for place in places(terms, model) {
        match terms.at(place) {
            Ok(Value::Number(number)) => {
                let bits = number.bits();
                let negative = bits.last().is_some_and(|sign| model.holds(*sign));
                let plain = bits.iter().map(|bit| if negative { *bit } else { !*bit });
                numbers.push(plain.collect());
            }
            Ok(Value::Ip(ip)) => {
                wishes.extend(ip.is_one(model.holds(ip.is_v6())).map(|bit| vec![bit]));
                wishes.push(ip.zeros());
            }
            _ => {}
        }
    }
    let mut above = usize::MAX;
    for from in LARGE {
        let large = |bits: &Vec<Bit>| bits.iter().take(above).skip(from).rev().copied().collect();
        wishes.push(numbers.iter().flat_map::<Vec<Bit>, _>(large).collect());
        above = from;
    }
    for bit in (0..above).rev() {
        let of_numbers = numbers.iter().filter_map(|bits| bits.get(bit));
        wishes.extend(of_numbers.map(|bit| vec![*bit]));
    }
    wishes
}

/// The places of a witness whose values the formula is about.
fn places(terms: &Terms<'_>, model: &Model) -> BTreeSet<Place> {
    let of_bit = model.inputs().iter().filter_map(|(input, _)| match input {
        Input::Bit(place, _) => Some(*place),
        _ => None,
    });
    let is_real = |place: &Place| {
        let origin = terms.place(*place).map(|place| &place.origin);
        !matches!(origin, None | Some(Origin::Quotient(..) | Origin::Rest(..)))
    };
    of_bit.filter(is_real).collect()
}
