use core::fmt;

/// Why a policy was refused: it names the field, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The field must be more than zero.
    Zero {
        /// The field's name.
        field: &'static str,
    },
    /// The field is longer than a hundred years.
    TooLong {
        /// The field's name.
        field: &'static str,
    },
    /// The field has a part finer than a millisecond, which would be lost.
    NotWholeMillis {
        /// The field's name.
        field: &'static str,
    },
    /// The field is more than another one allows.
    Above {
        /// The field's name.
        field: &'static str,
        /// The name of the field that limits it.
        limit: &'static str,
    },
    /// The ratio is not from 1.01 to 1000, or its denominator is not from 1 to 1000.
    Ratio,
    /// The table has no delay.
    EmptyTable,
    /// The table has more than [`Table::MAX`](crate::Table::MAX) delays.
    LongTable,
    /// The proportion of the jitter is not from 1 to 1000 per mille.
    PerMille,
}

impl PolicyError {
    /// The name of the field that was refused, as in the builder and, without its unit, in the serialised form.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Zero { field }
            | Self::TooLong { field }
            | Self::NotWholeMillis { field }
            | Self::Above { field, .. } => field,
            Self::Ratio => "ratio",
            Self::EmptyTable | Self::LongTable => "table",
            Self::PerMille => "per_mille",
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.field())?;
        match self {
            Self::Zero { .. } => f.write_str("must be more than zero"),
            Self::TooLong { .. } => f.write_str("is longer than a hundred years"),
            Self::NotWholeMillis { .. } => f.write_str("is not a whole number of milliseconds"),
            Self::Above { limit, .. } => write!(f, "is above `{limit}`"),
            Self::Ratio => f.write_str("is not from 1.01 to 1000 with a denominator from 1 to 1000"),
            Self::EmptyTable => f.write_str("has no delay"),
            Self::LongTable => write!(f, "has more than {} delays", crate::Table::MAX),
            Self::PerMille => f.write_str("is not from 1 to 1000"),
        }
    }
}

impl core::error::Error for PolicyError {}
