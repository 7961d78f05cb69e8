//! Integers of any length, and floats as text.

use bytes::Buf;

use super::super::fields::Fields;
use crate::{DecodeError, Problem};

/// The digits of a big integer: a sign byte, then the magnitude, least significant byte first.
///
/// Any number of digits is fine as long as the value fits 128 bits.
pub(super) fn big(
    fields: &mut Fields<'_>,
    field: &'static str,
    digits: usize,
) -> Result<i128, DecodeError> {
    let offset = fields.offset();
    let negative = fields.get(field, Buf::try_get_u8)? != 0;
    let digits = fields.bytes(field, digits)?;
    let too_big = || {
        let problem = Problem::Form { expected: "an integer of at most 128 bits" };
        fields.error_at(field, offset, problem)
    };
    let significant = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    let mut bytes = [0; 16];
    let (Some(low), Some(digits)) = (bytes.get_mut(..significant), digits.get(..significant))
    else {
        return Err(too_big());
    };
    low.copy_from_slice(digits);
    let magnitude = u128::from_le_bytes(bytes);
    if negative {
        0i128.checked_sub_unsigned(magnitude).ok_or_else(too_big)
    } else {
        i128::try_from(magnitude).map_err(|_| too_big())
    }
}

/// The 31 bytes of a float as text, padded with NULs.
pub(super) fn float_text(fields: &mut Fields<'_>, field: &'static str) -> Result<f64, DecodeError> {
    let offset = fields.offset();
    let text = fields.bytes(field, 31)?;
    let text = text.split(|&byte| byte == 0).next().unwrap_or(text);
    // `f64::from_str` also takes words like "inf" and "nan", which start with a letter.
    let number = std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.contains(|byte: char| byte.is_alphabetic() && byte != 'e'))
        .and_then(|text| text.trim_start().parse::<f64>().ok())
        .filter(|number| number.is_finite());
    number.ok_or_else(|| {
        fields.error_at(field, offset, Problem::Form { expected: "a finite number as text" })
    })
}

/// A float as libconfd writes it: C's `%.20e`, padded with NULs to 31 bytes.
pub(super) fn to_float_text(number: f64) -> [u8; 31] {
    let text = format!("{number:.20e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    let text = format!("{mantissa}e{sign}{digits:0>2}");
    let mut bytes = [0; 31];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    bytes
}
