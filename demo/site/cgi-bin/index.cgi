#!/bin/busybox sh
# The page at /. What paas gives to every process is in the environment.
printf 'Content-Type: text/plain\r\n\r\n'
cat <<END
It works.

This is ${DOKKU_APP_NAME:-an app}, process ${DYNO:-?}, built from commit ${GIT_REV:-?}.
END
