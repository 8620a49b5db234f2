-- The two database roles of the site and its database. Run by psql as a superuser, by `make run` and by the image of
-- docker-compose.yml alike; safe to run again. Passwords come from the environment, never from this file.
--   asar_owner  owns the database, runs migrations, makes test databases
--   asar_app    what the site connects as: owns nothing, so rules in the database bind it; `manage.py migrate` gives it
--               its rights table by table
\set ON_ERROR_STOP on
\getenv owner_password ASAR_OWNER_PASSWORD
\getenv app_password ASAR_APP_PASSWORD

SELECT 'CREATE ROLE asar_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'asar_owner') \gexec
SELECT 'CREATE ROLE asar_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'asar_app') \gexec
ALTER ROLE asar_owner LOGIN CREATEDB NOCREATEROLE NOSUPERUSER PASSWORD :'owner_password';
ALTER ROLE asar_app LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER PASSWORD :'app_password';

-- The server's own log says what failed, never with which values: no statement, no DETAIL (`Key (email)=(...)`).
ALTER ROLE asar_owner SET log_min_error_statement = 'panic';
ALTER ROLE asar_owner SET log_error_verbosity = 'terse';
ALTER ROLE asar_app SET log_min_error_statement = 'panic';
ALTER ROLE asar_app SET log_error_verbosity = 'terse';

SELECT 'CREATE DATABASE asar OWNER asar_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'asar') \gexec
REVOKE ALL ON DATABASE asar FROM PUBLIC;
GRANT CONNECT ON DATABASE asar TO asar_app;
