use crate::PolicyError;

/// The growth of an exponential schedule, as a fraction, so that nothing is rounded: two is 2/1, one and a half 3/2.
///
/// It is from 1.01 to 1000, with a denominator of at most 1000, and kept in lowest terms: 4/2 equals 2/1.
///
/// # Examples
///
/// ```
/// use webhook_retry::Ratio;
///
/// assert_eq!(Ratio::new(4, 2)?, Ratio::DOUBLE);
/// assert!(Ratio::new(1, 2).is_err(), "a schedule that shrinks is no backoff");
/// # Ok::<(), webhook_retry::PolicyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

/// Largest denominator: nobody means a finer growth than a per mille.
const MAX_DENOMINATOR: u32 = 1000;

/// Largest value of a ratio: more is a wait given in the place of a ratio.
const MAX_RATIO: u32 = 1000;

impl Ratio {
    /// Every wait is twice the one before it.
    pub const DOUBLE: Self = Self { numerator: 2, denominator: 1 };

    /// The ratio `numerator / denominator`.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Ratio`] if the denominator is not from 1 to 1000 or the value not from 1.01 to 1000.
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, PolicyError> {
        if denominator == 0 || denominator > MAX_DENOMINATOR {
            return Err(PolicyError::Ratio);
        }
        let least = denominator.saturating_mul(101).div_ceil(100);
        if numerator < least || numerator > denominator.saturating_mul(MAX_RATIO) {
            return Err(PolicyError::Ratio);
        }
        let (mut divisor, mut rest) = (numerator, denominator);
        while let Some(remainder) = divisor.checked_rem(rest) {
            (divisor, rest) = (rest, remainder);
        }
        match (numerator.checked_div(divisor), denominator.checked_div(divisor)) {
            (Some(numerator), Some(denominator)) => Ok(Self { numerator, denominator }),
            _ => Err(PolicyError::Ratio),
        }
    }

    /// The number above the line, in lowest terms.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The number below the line, in lowest terms.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    pub(crate) fn times(self, value: u128) -> u128 {
        value.saturating_mul(self.numerator.into()).checked_div(self.denominator.into()).unwrap_or(value)
    }
}
