use serde::{Deserialize, Serialize};

use crate::{Payload, RawJson};

open_enum! {
    /// Why the API refused a request.
    ///
    /// See [Status codes](https://developers.notion.com/reference/status-codes).
    pub enum ErrorCode {
        /// The body is not JSON.
        InvalidJson = "invalid_json",
        /// The address is not one of the API.
        InvalidRequestUrl = "invalid_request_url",
        /// The request is not one that the API takes.
        InvalidRequest = "invalid_request",
        /// The authorisation grant is not valid.
        InvalidGrant = "invalid_grant",
        /// The body is not of the shape that the API wants.
        ValidationError = "validation_error",
        /// The header `Notion-Version` is missing.
        MissingVersion = "missing_version",
        /// The token is not valid.
        Unauthorized = "unauthorized",
        /// The token may not do this.
        RestrictedResource = "restricted_resource",
        /// There is no such object, or it is not shared with the connection.
        ObjectNotFound = "object_not_found",
        /// Someone else changed the object at the same time.
        ConflictError = "conflict_error",
        /// Too many requests: wait for `Retry-After`, which can be longer than a minute.
        RateLimited = "rate_limited",
        /// Notion failed.
        InternalServerError = "internal_server_error",
        /// Notion failed behind its own servers.
        BadGateway = "bad_gateway",
        /// Notion is down, or took too long.
        ServiceUnavailable = "service_unavailable",
        /// Notion's database is down.
        DatabaseConnectionUnavailable = "database_connection_unavailable",
        /// Notion took too long.
        GatewayTimeout = "gateway_timeout",
        /// Notion has too much to do: wait for `Retry-After`.
        ServiceOverload = "service_overload",
    }
}

open_enum! {
    /// Which limit was reached.
    ///
    /// See [Request limits](https://developers.notion.com/reference/request-limits).
    pub enum RateLimitReason {
        /// The connection's own.
        Connection = "public_api_request_rate_limit",
        /// The one that all connections of the workspace share.
        Workspace = "public_api_space_request_rate_limit",
    }
}

/// The body of an API answer that is not 2xx.
///
/// See [Status codes](https://developers.notion.com/reference/status-codes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiError {
    /// Always `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
    /// Why the request was refused.
    pub code: ErrorCode,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// More about it, in a shape that depends on the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_data: Option<RawJson>,
    /// Id of the request, for Notion's support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Notion's invitation to a survey for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub developer_survey: Option<RawJson>,
}

impl ApiError {
    /// Which limit was reached, when it is [`ErrorCode::RateLimited`] and Notion tells.
    pub fn rate_limit_reason(&self) -> Option<RateLimitReason> {
        #[derive(Deserialize)]
        struct Data {
            rate_limit_reason: Option<RateLimitReason>,
        }
        self.additional_data.as_ref()?.parse::<Data>().ok()?.rate_limit_reason
    }
}

impl Payload for ApiError {
    const KIND_FIELDS: &'static [&'static str] = &["object"];

    fn kind(&self) -> Option<&str> {
        self.object.as_deref()
    }
}
