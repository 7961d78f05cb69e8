use std::io;

use crate::ConnectError;
use crate::address::Address;

/// What came of the places where no trusted server was reached.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// The first that says something about the service.
    verdict: Option<ConnectError>,
    /// The first place without a server.
    absence: Option<ConnectError>,
    /// What is odd about fallback places.
    oddities: Vec<String>,
}

impl Failures {
    /// Adds what happened at a place. In a [fallback](Address::is_fallback) any process may have
    /// put something, so that what is odd there says nothing about the service.
    pub(crate) fn add(&mut self, error: ConnectError, is_fallback: bool) {
        let absent = match &error {
            ConnectError::Unavailable { source, .. } => source.kind() != io::ErrorKind::WouldBlock,
            _ => false,
        };
        match (absent, is_fallback) {
            (true, _) => drop(self.absence.get_or_insert(error)),
            (false, true) => self.oddities.push(error.to_string()),
            (false, false) => drop(self.verdict.get_or_insert(error)),
        }
    }

    /// What to report. `first` is the likeliest place.
    pub(crate) fn into_error(self, first: &Address) -> ConnectError {
        let oddities = (!self.oddities.is_empty()).then(|| self.oddities.join("; "));
        let error = self.verdict.or(self.absence);
        match error {
            Some(ConnectError::Unavailable { address, source, .. }) => {
                ConnectError::Unavailable { address, source, elsewhere: oddities }
            }
            Some(error) => error,
            None => {
                let (address, source) = (first.to_string(), io::ErrorKind::NotFound.into());
                ConnectError::Unavailable { address, source, elsewhere: oddities }
            }
        }
    }
}
