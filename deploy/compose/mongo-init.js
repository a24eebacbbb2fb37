// Runs once, in an empty MongoDB: audit gets a user that may write its two databases and nothing else.
/* global db, process */
db.getSiblingDB('admin').createUser({
  user: 'audit',
  pwd: process.env.MONGODB_PASSWORD_AUDIT,
  roles: [{ role: 'readWrite', db: 'audit' }, { role: 'readWrite', db: 'audit_keys' }],
});
