//! Days and times.

use super::super::term::{Head, TermReader, TermWriter};
use crate::DecodeError;

/// A day and a time of it: `{Year, Month, Day, Hour, Min, Sec, Micro, Tz, TzMin}`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "calendar fields are what they are called")]
pub struct Datetime {
    pub year: i16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub min: u8,
    pub sec: u8,
    /// Millionths of a second.
    pub micro: u32,
    /// The zone, if one is given.
    pub timezone: Option<Timezone>,
}

/// A day: `{Year, Month, Day, Tz, TzMin}`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "calendar fields are what they are called")]
pub struct Date {
    pub year: i16,
    pub month: u8,
    pub day: u8,
    /// The zone, if one is given.
    pub timezone: Option<Timezone>,
}

/// A time of day: `{Hour, Min, Sec, Micro, Tz, TzMin}`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "calendar fields are what they are called")]
pub struct Time {
    pub hour: u8,
    pub min: u8,
    pub sec: u8,
    /// Millionths of a second.
    pub micro: u32,
    /// The zone, if one is given.
    pub timezone: Option<Timezone>,
}

/// A length of time: `{Years, Months, Days, Hours, Mins, Secs, Micros}`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "calendar fields are what they are called")]
pub struct Duration {
    pub years: u32,
    pub months: u32,
    pub days: u32,
    pub hours: u32,
    pub mins: u32,
    pub secs: u32,
    /// Millionths of a second.
    pub micros: u32,
}

/// A distance from UTC. None at all is written as an empty list and 0.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Timezone {
    /// Hours.
    pub hours: i8,
    /// Minutes beyond them.
    pub minutes: i8,
}

impl Datetime {
    pub(super) fn write(self, writer: &mut TermWriter<'_>) {
        writer.tuple(9);
        write_day(writer, self.year, self.month, self.day);
        write_time(writer, self.hour, self.min, self.sec, self.micro);
        write_zone(writer, self.timezone);
    }

    pub(super) fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let more = reader.tuple_of("datetime", 9)?;
        let datetime = Self {
            year: read_year(reader)?,
            month: reader.octet("month")?,
            day: reader.octet("day")?,
            hour: reader.octet("hour")?,
            min: reader.octet("min")?,
            sec: reader.octet("sec")?,
            micro: reader.integer("micro", MICRO)?,
            timezone: read_zone(reader)?,
        };
        reader.skip_elements("datetime", more, depth + 1)?;
        Ok(datetime)
    }
}

impl Date {
    pub(super) fn write(self, writer: &mut TermWriter<'_>) {
        writer.tuple(5);
        write_day(writer, self.year, self.month, self.day);
        write_zone(writer, self.timezone);
    }

    pub(super) fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let more = reader.tuple_of("date", 5)?;
        let date = Self {
            year: read_year(reader)?,
            month: reader.octet("month")?,
            day: reader.octet("day")?,
            timezone: read_zone(reader)?,
        };
        reader.skip_elements("date", more, depth + 1)?;
        Ok(date)
    }
}

impl Time {
    pub(super) fn write(self, writer: &mut TermWriter<'_>) {
        writer.tuple(6);
        write_time(writer, self.hour, self.min, self.sec, self.micro);
        write_zone(writer, self.timezone);
    }

    pub(super) fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let more = reader.tuple_of("time", 6)?;
        let time = Self {
            hour: reader.octet("hour")?,
            min: reader.octet("min")?,
            sec: reader.octet("sec")?,
            micro: reader.integer("micro", MICRO)?,
            timezone: read_zone(reader)?,
        };
        reader.skip_elements("time", more, depth + 1)?;
        Ok(time)
    }
}

impl Duration {
    pub(super) fn write(self, writer: &mut TermWriter<'_>) {
        let Self { years, months, days, hours, mins, secs, micros } = self;
        writer.tuple(7);
        for part in [years, months, days, hours, mins, secs, micros] {
            writer.unsigned32(part);
        }
    }

    pub(super) fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let more = reader.tuple_of("duration", 7)?;
        let mut part = |field| reader.integer(field, "an unsigned integer of 32 bits");
        let duration = Self {
            years: part("years")?,
            months: part("months")?,
            days: part("days")?,
            hours: part("hours")?,
            mins: part("mins")?,
            secs: part("secs")?,
            micros: part("micros")?,
        };
        reader.skip_elements("duration", more, depth + 1)?;
        Ok(duration)
    }
}

const MICRO: &str = "microseconds in 32 bits";

fn write_day(writer: &mut TermWriter<'_>, year: i16, month: u8, day: u8) {
    writer.integer(year.into());
    writer.integer(month.into());
    writer.integer(day.into());
}

fn write_time(writer: &mut TermWriter<'_>, hour: u8, min: u8, sec: u8, micro: u32) {
    writer.integer(hour.into());
    writer.integer(min.into());
    writer.integer(sec.into());
    writer.unsigned32(micro);
}

fn write_zone(writer: &mut TermWriter<'_>, zone: Option<Timezone>) {
    match zone {
        Some(Timezone { hours, minutes }) => {
            writer.integer(hours.into());
            writer.integer(minutes.into());
        }
        None => {
            writer.nil();
            writer.integer(0);
        }
    }
}

fn read_year(reader: &mut TermReader<'_>) -> Result<i16, DecodeError> {
    reader.integer("year", "a year in 16 bits")
}

fn read_zone(reader: &mut TermReader<'_>) -> Result<Option<Timezone>, DecodeError> {
    let expected = "a distance from UTC in 8 bits, or an empty list";
    let hours = match reader.peek("timezone")? {
        Head::Nil => reader.nil("timezone").map(|()| None)?,
        _ => Some(reader.integer("timezone", expected)?),
    };
    let minutes = reader.integer("timezone minutes", "minutes in 8 bits")?;
    Ok(hours.map(|hours| Timezone { hours, minutes }))
}
