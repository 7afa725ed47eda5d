//! Users in an SQLite file.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, named_params, params};

use crate::Sink;
use crate::row::{Session, User};

pub(crate) struct Sqlite(Mutex<Connection>);

impl Sqlite {
    pub(crate) fn open(path: &str) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        // What was answered with 200 survives a loss of power: Clerk will not send it again.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(include_str!("sqlite.sql"))?;
        Ok(Self(Mutex::new(connection)))
    }
}

impl Sink for Sqlite {
    fn save_user(&self, user: &User) -> anyhow::Result<bool> {
        let sql = "
            INSERT INTO users (id, external_id, email, username, first_name, last_name, image_url, created_at, updated_at,
                               last_sign_in_at)
            VALUES (:id, :external_id, :email, :username, :first_name, :last_name, :image_url, :created_at, :updated_at,
                    :last_sign_in_at)
            ON CONFLICT (id) DO UPDATE SET
                external_id = excluded.external_id, email = excluded.email, username = excluded.username,
                first_name = excluded.first_name, last_name = excluded.last_name, image_url = excluded.image_url,
                created_at = excluded.created_at, updated_at = excluded.updated_at,
                last_sign_in_at = coalesce(max(last_sign_in_at, excluded.last_sign_in_at), last_sign_in_at,
                                           excluded.last_sign_in_at)
            WHERE deleted_at IS NULL AND excluded.updated_at >= updated_at";
        let changed = self.0.lock().unwrap_or_else(PoisonError::into_inner).execute(
            sql,
            named_params! {
                ":id": user.id, ":external_id": user.external_id, ":email": user.email, ":username": user.username,
                ":first_name": user.first_name, ":last_name": user.last_name, ":image_url": user.image_url,
                ":created_at": user.created_at, ":updated_at": user.updated_at,
                ":last_sign_in_at": user.last_sign_in_at,
            },
        )?;
        Ok(changed > 0)
    }

    fn delete_user(&self, id: &str, at: i64) -> anyhow::Result<bool> {
        // Also when the user is not known yet, so that a late `user.created` finds the tombstone. Clerk never gives an
        // id to another user.
        let sql = "
            INSERT INTO users (id, updated_at, deleted_at) VALUES (?, 0, ?)
            ON CONFLICT (id) DO UPDATE SET
                external_id = NULL, email = NULL, username = NULL, first_name = NULL, last_name = NULL,
                image_url = NULL, deleted_at = excluded.deleted_at
            WHERE deleted_at IS NULL";
        let changed = self.0.lock().unwrap_or_else(PoisonError::into_inner).execute(sql, params![id, at])?;
        Ok(changed > 0)
    }

    fn save_session(&self, session: &Session) -> anyhow::Result<bool> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let changed = transaction.execute(
            "INSERT INTO sessions VALUES (:id, :user_id, :status, :created_at, :updated_at, :expire_at)
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, updated_at = excluded.updated_at, expire_at = excluded.expire_at
             WHERE excluded.updated_at >= updated_at",
            named_params! {
                ":id": session.id, ":user_id": session.user_id, ":status": session.status,
                ":created_at": session.created_at, ":updated_at": session.updated_at, ":expire_at": session.expire_at,
            },
        )?;
        transaction.execute(
            "INSERT INTO users (id, updated_at, last_sign_in_at) VALUES (?, 0, ?)
             ON CONFLICT (id) DO UPDATE SET last_sign_in_at = excluded.last_sign_in_at
             WHERE deleted_at IS NULL AND excluded.last_sign_in_at > coalesce(last_sign_in_at, 0)",
            params![session.user_id, session.created_at],
        )?;
        transaction.commit()?;
        Ok(changed > 0)
    }
}
