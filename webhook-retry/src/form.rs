//! The serialised form of a policy, version 1. It is separate from [`RetryPolicy`], so that the type can change and
//! the form cannot by accident.
//!
//! The structs read themselves by hand-made visitors: those refuse what they do not know, and put the field's name
//! before any error, which derived ones do not.

use core::fmt;
use core::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::{Jitter, PolicyBuilder, PolicyError, Ratio, RetryAfter, RetryPolicy, Schedule, Table, millis};

/// Declares a struct that is read from a map: unknown and repeated fields are refused, and every error names its
/// field. `= default` makes a field optional.
macro_rules! form {
    ($(#[$doc:meta])* struct $Name:ident { $($field:ident: $Type:ty $(= $default:expr)?,)* }) => {
        $(#[$doc])*
        #[derive(serde::Serialize, Clone, Copy)]
        pub(crate) struct $Name { $($field: $Type,)* }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                const FIELDS: &[&str] = &[$(stringify!($field)),*];

                #[derive(serde::Deserialize)]
                #[serde(field_identifier)]
                #[allow(non_camel_case_types)]
                enum Field { $($field),* }

                struct Fields;
                impl<'de> Visitor<'de> for Fields {
                    type Value = $Name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a map of fields")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$Name, A::Error> {
                        $(let mut $field: Option<$Type> = None;)*
                        while let Some(field) = map.next_key()? {
                            match field {
                                $(Field::$field => {
                                    if $field.is_some() {
                                        return Err(A::Error::duplicate_field(stringify!($field)));
                                    }
                                    $field = Some(map.next_value().map_err(|error| {
                                        A::Error::custom(format_args!("`{}`: {error}", stringify!($field)))
                                    })?);
                                })*
                            }
                        }
                        $($(let $field = Some($field.unwrap_or($default));)?)*
                        Ok($Name {
                            $($field: $field.ok_or_else(|| A::Error::missing_field(stringify!($field)))?,)*
                        })
                    }
                }
                deserializer.deserialize_struct(stringify!($Name), FIELDS, Fields)
            }
        }
    };
}

form! {
    struct Policy {
        v: Version,
        schedule: ScheduleForm,
        max_attempts: u32,
        max_delay_ms: Millis = Millis(PolicyBuilder::DEFAULT_MAX_DELAY),
        min_delay_ms: Millis = Millis(Duration::ZERO),
        throttled_min_delay_ms: Millis = Millis(Duration::ZERO),
        max_elapsed_ms: Option<Millis> = None,
        jitter: JitterForm = JitterForm::None,
        retry_after: RetryAfterForm = PolicyBuilder::DEFAULT_RETRY_AFTER.into(),
    }
}

#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ScheduleForm {
    Fixed(FixedForm),
    Linear(LinearForm),
    Exponential(ExponentialForm),
    Fibonacci(FibonacciForm),
    Table(TableForm),
}

form! { struct FixedForm { delay_ms: Millis, } }
form! { struct LinearForm { first_ms: Millis, step_ms: Millis, } }
form! { struct ExponentialForm { first_ms: Millis, ratio: RatioForm, } }
form! { struct FibonacciForm { first_ms: Millis, } }
form! { struct TableForm { delays_ms: Delays, } }

#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum JitterForm {
    None,
    Full,
    Equal,
    Proportional(ProportionalForm),
}

form! { struct ProportionalForm { per_mille: u16, } }

#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RetryAfterForm {
    Ignore,
    UpTo(UpToForm),
}

form! { struct UpToForm { cap_ms: Millis, } }

/// The only version so far.
#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(into = "u32", try_from = "u32")]
struct Version;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

impl TryFrom<u32> for Version {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, &'static str> {
        if version == 1 { Ok(Self) } else { Err("the only known version is 1") }
    }
}

/// A time as a whole number of milliseconds.
#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(into = "u64", from = "u64")]
struct Millis(Duration);

impl From<Millis> for u64 {
    fn from(time: Millis) -> Self {
        millis::saturating(time.0)
    }
}

impl From<u64> for Millis {
    fn from(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }
}

/// `[numerator, denominator]`.
#[derive(serde::Serialize, serde::Deserialize, Clone, Copy)]
#[serde(into = "[u32; 2]", try_from = "[u32; 2]")]
struct RatioForm(Ratio);

impl From<RatioForm> for [u32; 2] {
    fn from(ratio: RatioForm) -> Self {
        [ratio.0.numerator(), ratio.0.denominator()]
    }
}

impl TryFrom<[u32; 2]> for RatioForm {
    type Error = PolicyError;

    fn try_from([numerator, denominator]: [u32; 2]) -> Result<Self, PolicyError> {
        Ratio::new(numerator, denominator).map(Self)
    }
}

/// A list of milliseconds.
#[derive(Clone, Copy)]
struct Delays(Table);

impl Serialize for Delays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.iter().count()))?;
        for delay in self.0.iter() {
            list.serialize_element(&Millis(delay))?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Delays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Delays;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of milliseconds")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Delays, A::Error> {
                let mut delays = [Duration::ZERO; Table::MAX];
                let mut len = 0_usize;
                for slot in &mut delays {
                    let Some(Millis(delay)) = list.next_element()? else { break };
                    *slot = delay;
                    len = len.saturating_add(1);
                }
                if list.next_element::<IgnoredAny>()?.is_some() {
                    return Err(A::Error::custom(PolicyError::LongTable));
                }
                let (delays, _) = delays.split_at(len);
                Table::new(delays).map(Delays).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

impl From<Schedule> for ScheduleForm {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Fixed(delay) => Self::Fixed(FixedForm { delay_ms: Millis(delay) }),
            Schedule::Linear { first, step } => {
                Self::Linear(LinearForm { first_ms: Millis(first), step_ms: Millis(step) })
            }
            Schedule::Exponential { first, ratio } => {
                Self::Exponential(ExponentialForm { first_ms: Millis(first), ratio: RatioForm(ratio) })
            }
            Schedule::Fibonacci { first } => Self::Fibonacci(FibonacciForm { first_ms: Millis(first) }),
            Schedule::Table(table) => Self::Table(TableForm { delays_ms: Delays(table) }),
        }
    }
}

impl From<ScheduleForm> for Schedule {
    fn from(form: ScheduleForm) -> Self {
        match form {
            ScheduleForm::Fixed(FixedForm { delay_ms }) => Self::Fixed(delay_ms.0),
            ScheduleForm::Linear(LinearForm { first_ms, step_ms }) => {
                Self::Linear { first: first_ms.0, step: step_ms.0 }
            }
            ScheduleForm::Exponential(ExponentialForm { first_ms, ratio }) => {
                Self::Exponential { first: first_ms.0, ratio: ratio.0 }
            }
            ScheduleForm::Fibonacci(FibonacciForm { first_ms }) => Self::Fibonacci { first: first_ms.0 },
            ScheduleForm::Table(TableForm { delays_ms }) => Self::Table(delays_ms.0),
        }
    }
}

impl From<Jitter> for JitterForm {
    fn from(jitter: Jitter) -> Self {
        match jitter {
            Jitter::None => Self::None,
            Jitter::Full => Self::Full,
            Jitter::Equal => Self::Equal,
            Jitter::Proportional { per_mille } => Self::Proportional(ProportionalForm { per_mille }),
        }
    }
}

impl From<JitterForm> for Jitter {
    fn from(form: JitterForm) -> Self {
        match form {
            JitterForm::None => Self::None,
            JitterForm::Full => Self::Full,
            JitterForm::Equal => Self::Equal,
            JitterForm::Proportional(ProportionalForm { per_mille }) => Self::Proportional { per_mille },
        }
    }
}

impl From<RetryAfter> for RetryAfterForm {
    fn from(retry_after: RetryAfter) -> Self {
        match retry_after {
            RetryAfter::Ignore => Self::Ignore,
            RetryAfter::UpTo(cap) => Self::UpTo(UpToForm { cap_ms: Millis(cap) }),
        }
    }
}

impl From<RetryAfterForm> for RetryAfter {
    fn from(form: RetryAfterForm) -> Self {
        match form {
            RetryAfterForm::Ignore => Self::Ignore,
            RetryAfterForm::UpTo(UpToForm { cap_ms }) => Self::UpTo(cap_ms.0),
        }
    }
}

impl From<RetryPolicy> for Policy {
    fn from(policy: RetryPolicy) -> Self {
        Self {
            v: Version,
            schedule: policy.schedule.into(),
            max_attempts: policy.max_attempts(),
            max_delay_ms: Millis(policy.max_delay),
            min_delay_ms: Millis(policy.min_delay),
            throttled_min_delay_ms: Millis(policy.throttled_min_delay),
            max_elapsed_ms: policy.max_elapsed.map(Millis),
            jitter: policy.jitter.into(),
            retry_after: policy.retry_after.into(),
        }
    }
}

impl TryFrom<Policy> for RetryPolicy {
    type Error = PolicyError;

    fn try_from(form: Policy) -> Result<Self, PolicyError> {
        let builder = Self::builder(form.schedule.into(), form.max_attempts)
            .max_delay(form.max_delay_ms.0)
            .min_delay(form.min_delay_ms.0)
            .throttled_min_delay(form.throttled_min_delay_ms.0)
            .jitter(form.jitter.into())
            .retry_after(form.retry_after.into());
        match form.max_elapsed_ms {
            Some(Millis(max_elapsed)) => builder.max_elapsed(max_elapsed).build(),
            None => builder.build(),
        }
    }
}
