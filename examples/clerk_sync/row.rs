//! What is kept of Clerk's objects: the columns of the tables.

use serde::Serialize;
use webhook_axum::webhook_core::{UnixMillis, clerk};

/// A row of `users`. Times are milliseconds since 1970, as Clerk sends them.
#[derive(Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) image_url: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_sign_in_at: Option<i64>,
}

/// A row of `sessions`.
#[derive(Serialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) status: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) expire_at: Option<i64>,
}

impl From<&clerk::User> for User {
    fn from(user: &clerk::User) -> Self {
        Self {
            id: user.id.clone(),
            external_id: user.external_id.clone(),
            email: user.primary_email_address().map(|address| address.email_address.clone()),
            username: user.username.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            image_url: user.image_url.clone(),
            created_at: user.created_at.as_millis(),
            updated_at: user.updated_at.as_millis(),
            last_sign_in_at: user.last_sign_in_at.map(UnixMillis::as_millis),
        }
    }
}

impl From<&clerk::Session> for Session {
    fn from(session: &clerk::Session) -> Self {
        Self {
            id: session.id.clone(),
            user_id: session.user_id.clone(),
            status: session.status.as_str().to_owned(),
            created_at: session.created_at.as_millis(),
            updated_at: session.updated_at.as_millis(),
            expire_at: session.expire_at.map(UnixMillis::as_millis),
        }
    }
}
