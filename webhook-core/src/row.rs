use serde::{Deserialize, Serialize};

use crate::RawJson;

/// A database row kept exactly as the sender wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JsonRow(RawJson);
