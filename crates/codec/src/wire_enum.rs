/// Declares an enum of a wire number that the peer may grow.
///
/// Known numbers are variants; any other is kept in `Unknown` and written back as it came.
/// `name()` is the protocol's own spelling, by which the documentation finds it too.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident($Int:ty) {
            $( $(#[$variant_meta:meta])* $Variant:ident = $value:literal => $name:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        $vis enum $Enum {
            $( $(#[$variant_meta])* #[doc(alias = $name)] $Variant, )+
            /// A number this library has no name for.
            Unknown($Int),
        }

        impl $Enum {
            /// Every value that has a name.
            $vis const KNOWN: &'static [Self] = &[$( Self::$Variant, )+];

            /// The number on the wire.
            #[inline]
            $vis const fn code(self) -> $Int {
                match self {
                    $( Self::$Variant => $value, )+
                    Self::Unknown(code) => code,
                }
            }

            /// The protocol's name for it, or `None` for an unknown number.
            $vis const fn name(self) -> Option<&'static str> {
                match self {
                    $( Self::$Variant => Some($name), )+
                    Self::Unknown(_) => None,
                }
            }
        }

        impl From<$Int> for $Enum {
            #[inline]
            fn from(code: $Int) -> Self {
                match code {
                    $( $value => Self::$Variant, )+
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$Enum> for $Int {
            fn from(value: $Enum) -> Self {
                value.code()
            }
        }
    };
}

pub(crate) use wire_enum;

#[cfg(test)]
mod tests {
    wire_enum! {
        /// For the test.
        enum Colour(u32) {
            /// Red.
            Red = 1 => "red",
            /// Green.
            Green = 7 => "green",
        }
    }

    #[test]
    fn every_number_survives() {
        for code in [0, 1, 2, 7, 8, u32::MAX] {
            assert_eq!(Colour::from(code).code(), code);
        }
        assert_eq!(Colour::from(7), Colour::Green);
        assert_eq!(Colour::from(9), Colour::Unknown(9));
        assert_eq!(Colour::Red.name(), Some("red"));
        assert_eq!(Colour::Unknown(9).name(), None);
        assert_eq!(Colour::KNOWN.len(), 2);
    }
}
