//! The bounded way to a thread that owns a connection.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use crate::StoreError;

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Commands that bring something new.
    pub(super) commands: usize,
    /// Bytes of the bodies in them.
    pub(super) bytes: usize,
}

/// Places beyond the bound for commands that take work out of the store: a flood of new events must not keep workers
/// from telling that they are done.
const KEPT_FREE: usize = 256;

/// What a command brings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    /// New events, with so many bytes of bodies.
    New(usize),
    /// Nothing new.
    Upkeep,
}

/// The sender's end.
#[derive(Debug)]
pub(super) struct Queue<T> {
    sender: Mutex<Option<Sender<Queued<T>>>>,
    room: Arc<Room>,
}

/// A command with its place in the queue.
#[derive(Debug)]
pub(super) struct Queued<T> {
    pub(super) command: T,
    pub(super) place: Place,
}

/// Room that is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) bytes: usize,
    room: Arc<Room>,
}

#[derive(Debug)]
struct Room {
    bounds: Bounds,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    commands: usize,
    bytes: usize,
}

impl<T> Queue<T> {
    pub(super) fn new(bounds: Bounds) -> (Self, Receiver<Queued<T>>) {
        let (sender, receiver) = mpsc::channel();
        let room = Arc::new(Room { bounds, taken: Mutex::default() });
        (Self { sender: Mutex::new(Some(sender)), room }, receiver)
    }

    /// Never waits: without room the command is refused.
    pub(super) fn send(&self, load: Load, command: T) -> Result<(), StoreError> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.as_ref().ok_or(StoreError::Closed)?;
        let place = Room::enter(&self.room, load).ok_or(StoreError::Full)?;
        sender.send(Queued { command, place }).map_err(|_| StoreError::Closed)
    }

    /// Takes no more. What is queued is still done.
    pub(super) fn close(&self) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Room {
    fn enter(room: &Arc<Self>, load: Load) -> Option<Place> {
        let mut taken = room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (bytes, limit) = match load {
            Load::New(bytes) => (bytes, room.bounds.commands),
            Load::Upkeep => (0, room.bounds.commands.saturating_add(KEPT_FREE)),
        };
        let after =
            Taken { commands: taken.commands.saturating_add(1), bytes: taken.bytes.saturating_add(bytes) };
        // A body over the bound passes alone, or it never would.
        if after.commands > limit || (after.bytes > room.bounds.bytes && taken.bytes > 0 && bytes > 0) {
            return None;
        }
        *taken = after;
        Some(Place { bytes, room: Arc::clone(room) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.commands = taken.commands.saturating_sub(1);
        taken.bytes = taken.bytes.saturating_sub(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sent: Result<(), StoreError>) -> bool {
        sent.is_err_and(|error| matches!(error, StoreError::Full))
    }

    #[test]
    fn new_commands_are_bounded_and_upkeep_has_room_left() {
        let (queue, receiver) = Queue::new(Bounds { commands: 2, bytes: 100 });
        queue.send(Load::New(0), 1).unwrap();
        queue.send(Load::New(0), 2).unwrap();
        assert!(refused(queue.send(Load::New(0), 3)));
        for command in 0..KEPT_FREE {
            queue.send(Load::Upkeep, command).unwrap();
        }
        assert!(refused(queue.send(Load::Upkeep, 4)));
        drop(receiver.recv().unwrap());
        queue.send(Load::Upkeep, 5).unwrap();
    }

    #[test]
    fn bytes_are_bounded_and_a_large_body_passes_alone() {
        let (queue, receiver) = Queue::new(Bounds { commands: 10, bytes: 100 });
        queue.send(Load::New(60), 1).unwrap();
        assert!(refused(queue.send(Load::New(41), 2)));
        queue.send(Load::New(40), 3).unwrap();
        drop(receiver.recv().unwrap());
        drop(receiver.recv().unwrap());
        queue.send(Load::New(1000), 4).unwrap();
        assert!(refused(queue.send(Load::New(1), 5)));
        queue.send(Load::New(0), 6).unwrap();
        queue.send(Load::Upkeep, 7).unwrap();
    }

    #[test]
    fn what_was_queued_is_still_there_after_closing() {
        let (queue, receiver) = Queue::new(Bounds { commands: 10, bytes: 100 });
        queue.send(Load::Upkeep, 1).unwrap();
        queue.close();
        assert!(matches!(queue.send(Load::Upkeep, 2), Err(StoreError::Closed)));
        assert_eq!(receiver.recv().unwrap().command, 1);
        assert!(receiver.recv().is_err());
    }
}
