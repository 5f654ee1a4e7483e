import { checkPrimeSync, createHash, generateKeyPairSync, generatePrimeSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readFingerprint } from '../src/account/ssh-keys/fingerprint.ts';
import { encodePem, parsePublicKey } from '../src/account/ssh-keys/public-key.ts';

/** Keys that a real panel accepted, with the fingerprint and the PEM in its answer. */
const panelKeys = [
  {
    name: 'ed25519',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID5AhhfONUZQKH0LjNl3AlADNy+cvZVeSJ52nVGOyVxM me@ed25519 a comment',
    fingerprint: 'YpmkXACfImMq1x3+TNjvm9biKtphBcuuDelA/Z72hww',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAPkCGF841RlAofQuM2XcCUAM3L5y9lV5InnadUY7JXEw=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'rsa-2048',
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCv+QBDi4lPF1h0VeXjBzrRqg/XAUTwN04n3XIzKEEvHz30Q+kHe0Rj1PNzfuEr0MD37xGuFsiW4yhFvGqQPxHmV38S5IuL2cNFqMfd/ib2L4xVFnT7Z2w1k4m1gqQNeXpyBd+k5Q7JNibJLGyrHSByvpip/4HurLOXiwOft9qmoi6munHl6dV97g7yi6bUOZin6BZyqsisuiavGEXv3W7tAYaog94KzIWLBqFUIcMEnAkscmgIwrJo04NAp2vFxW3bduiZwK/VY4hhXyoYVyUJUDxN/FVgqpJuKu7NNNT/3VpMq4TXOHlsMqHF8QIA+njuJsMZSFGEwNb4VtPOazxt me@rsa-2048 a comment',
    fingerprint: 'dK2o5n11Vv3rZGm6pUtmDS5H0TwSWL/A+fOG9M2usA4',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr/kAQ4uJTxdYdFXl4wc6\r\n0aoP1wFE8DdOJ91yMyhBLx899EPpB3tEY9Tzc37hK9DA9+8RrhbIluMoRbxqkD8R\r\n5ld/EuSLi9nDRajH3f4m9i+MVRZ0+2dsNZOJtYKkDXl6cgXfpOUOyTYmySxsqx0g\r\ncr6Yqf+B7qyzl4sDn7fapqIuprpx5enVfe4O8oum1DmYp+gWcqrIrLomrxhF791u\r\n7QGGqIPeCsyFiwahVCHDBJwJLHJoCMKyaNODQKdrxcVt23bomcCv1WOIYV8qGFcl\r\nCVA8TfxVYKqSbiruzTTU/91aTKuE1zh5bDKhxfECAPp47ibDGUhRhMDW+FbTzms8\r\nbQIDAQAB\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'rsa-4096',
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQCa1nuMiiz6gn4qokBhWX/v+SUKM3hPWHjXgSUWw5PkejgMu5DGFxdDvvE2YAZJvwExB+1GE5Dr9pAJv56MJUBRkNroTRBPZBo/PHQrTDR+L3ttr8g/Q2vdoHRS2jOLC64/OB7667JCWbs/ynBKpzahYKgn+tSmqwRYgaKMiiBmAjDqK/eWYKsaBSbp3D2ImlCK2tK5ks++rwmouA9KPH9VilAZjhhxp4Nf3DwlLGRkv7D/tFh67UCxvArEKo2oJc2ZlhYtPN7CNU0XbhdcQP0sKoIgRz3AxQ7WAo0R8uWs7yUlEwtxLz8ZQaIR7fkGS7Rs8NHjALeJSk8aAPoAMyhK5hcoFVJpqWtR+i3eeKNFwifW7v7QkXmpe+zTyCUzKxdVMlm9KkuYAW0526xmEv0GNtQ9k5Gtu30jhb3etiu+op28C3rnDTRC5eJylapVVlXmmiKxEVW9xFaVuftAxxGCH1PthAo+yXueDGbc8waNbPmxlb2DBmIrz1HT7YIWCVHHEBOSpJb2TfGfNuOyiVu2w6HRBtrFbXJnFCIlFSWi1ouyTyM3iW3ctTuUfzD53+XoHOsQE8rChqMlcvXaKH1slnSrNmvd2CuoLEhsMnWlkUqso7My0Nmx1yKnzkwqKA1+E0CuQpMhVxe3VG9lOU6iznWumCtMwfwmBq1jcaI6jw== me@rsa-4096 a comment',
    fingerprint: 'vAXTqe20E1b9aeQA+rWvh8aSEHRgs9nItDcq7Ydqnoo',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAmtZ7jIos+oJ+KqJAYVl/\r\n7/klCjN4T1h414ElFsOT5Ho4DLuQxhcXQ77xNmAGSb8BMQftRhOQ6/aQCb+ejCVA\r\nUZDa6E0QT2QaPzx0K0w0fi97ba/IP0Nr3aB0UtoziwuuPzge+uuyQlm7P8pwSqc2\r\noWCoJ/rUpqsEWIGijIogZgIw6iv3lmCrGgUm6dw9iJpQitrSuZLPvq8JqLgPSjx/\r\nVYpQGY4YcaeDX9w8JSxkZL+w/7RYeu1AsbwKxCqNqCXNmZYWLTzewjVNF24XXED9\r\nLCqCIEc9wMUO1gKNEfLlrO8lJRMLcS8/GUGiEe35Bku0bPDR4wC3iUpPGgD6ADMo\r\nSuYXKBVSaalrUfot3nijRcIn1u7+0JF5qXvs08glMysXVTJZvSpLmAFtOdusZhL9\r\nBjbUPZORrbt9I4W93rYrvqKdvAt65w00QuXicpWqVVZV5poisRFVvcRWlbn7QMcR\r\ngh9T7YQKPsl7ngxm3PMGjWz5sZW9gwZiK89R0+2CFglRxxATkqSW9k3xnzbjsolb\r\ntsOh0QbaxW1yZxQiJRUlotaLsk8jN4lt3LU7lH8w+d/l6BzrEBPKwoajJXL12ih9\r\nbJZ0qzZr3dgrqCxIbDJ1pZFKrKOzMtDZsdcip85MKigNfhNArkKTIVcXt1RvZTlO\r\nos51rpgrTMH8JgatY3GiOo8CAwEAAQ==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'ecdsa-256',
    text: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBE2sm0KcV5dwoWUbv417cZEYk6qejmMjUreuBHzsF5dGAEIkMKZobS+OVaofUv4pqJB0xdJPkHGA0YpFITjyXPw= me@ecdsa-256 a comment',
    fingerprint: '3T2tCwBNzNYOQiSVuxuT7nuEoYOS3YsDor4fEM+QIcE',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETaybQpxXl3ChZRu/jXtxkRiTqp6O\r\nYyNSt64EfOwXl0YAQiQwpmhtL45Vqh9S/imokHTF0k+QcYDRikUhOPJc/A==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'ecdsa-384',
    text: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBNUE1gVdOq8o+xQe5HGo8njEBHhbt8SHwCfcitvsgitMUVUbqXZjzhaJPLPr9/bAqPwBmTJZEoXRp5/zseMUx2/uJYpRqda6ULFPFCFZxRegmGJSdjH7GdmIoY83U5pjMQ== me@ecdsa-384 a comment',
    fingerprint: 'LEu4EmlAEn3BkoJBsh4wTGkiGp5b7UzOFYqyP/MTXHM',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE1QTWBV06ryj7FB7kcajyeMQEeFu3xIfA\r\nJ9yK2+yCK0xRVRupdmPOFok8s+v39sCo/AGZMlkShdGnn/Ox4xTHb+4lilGp1rpQ\r\nsU8UIVnFF6CYYlJ2MfsZ2YihjzdTmmMx\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'ecdsa-521',
    text: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAByblwnrtjVlsTQM7lcDAzwRXeLZdgReSbyATXMnYxquakmQHeE90r2Sht1BfO7syb92li01Pv6DLguWf3+asZi8QFBGmagzcZqmfxCrqtEu7QY3t4LMoVEdW669QcyPRtFOXp8Yvo9LpQbRqGR8QSioSEnuNW+JwFPHJG7KTNr1DVK3A== me@ecdsa-521 a comment',
    fingerprint: '1xvoWpYFQmj8MttodA9akCQYhuyl8tT+eXyKp+XZzXU',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAcm5cJ67Y1ZbE0DO5XAwM8EV3i2XY\r\nEXkm8gE1zJ2MarmpJkB3hPdK9kobdQXzu7Mm/dpYtNT7+gy4Lln9/mrGYvEBQRpm\r\noM3Gapn8Qq6rRLu0GN7eCzKFRHVuuvUHMj0bRTl6fGL6PS6UG0ahkfEEoqEhJ7jV\r\nvicBTxyRuykza9Q1Stw=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'ecdsa-256 submitted as PKCS8 PEM',
    text: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIkCPJlTkmgvtDCZA9PNLJKph+46q\nNR+wk/8XL7ue+pFxUoFVyPjzDKVPRQhc8CbAPZkg53uMIJocD+XD44aECQ==\n-----END PUBLIC KEY-----\n',
    fingerprint: 'juxRu/wa/nrpsdA9yMkJTt1EbLDvOCu82jiFWiJsU9I',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIkCPJlTkmgvtDCZA9PNLJKph+46q\r\nNR+wk/8XL7ue+pFxUoFVyPjzDKVPRQhc8CbAPZkg53uMIJocD+XD44aECQ==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'rsa-2048 submitted as RFC 4716',
    text: '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "2048-bit RSA, converted by root@vm from OpenSSH"\nAAAAB3NzaC1yc2EAAAADAQABAAABAQCaZPLhMg4rXSpd5UX3jiUAbZIKjrWT2GxAQcLYY5\nwU6wXx2ggtpesrbP3Kad0nodBGOPJA7d7HR40dMNEhnxQIDyikAFrI+ckGlJYX9jISqWHO\nSt1sEhL+FGGIHUjjczVzlEw+j5mQlS4VzGN0qytFjOs/UMNyoI6Rf13nyUmlVpyw0H8uik\nKZAlT4q1EEg1YBH3GQ1y9lGieIekwV2bpYrafk+oiYrnJrrbNaRF+kD4VHth1KtdT4etky\nvD27W7qQmZkLNjewWYc+DvoSXAXWkbMvbDL9NQ6Zmoy10Oj+fq4r6Qf2D5F2ogMJDaKxox\nFr2RP1wtLbat62xIPtSVk5\n---- END SSH2 PUBLIC KEY ----\n',
    fingerprint: 'lUZL3TncE/FFOtOSCDV/tLL4F5J00p2SIZgiA+D9evM',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmmTy4TIOK10qXeVF944l\r\nAG2SCo61k9hsQEHC2GOcFOsF8doILaXrK2z9ymndJ6HQRjjyQO3ex0eNHTDRIZ8U\r\nCA8opABayPnJBpSWF/YyEqlhzkrdbBIS/hRhiB1I43M1c5RMPo+ZkJUuFcxjdKsr\r\nRYzrP1DDcqCOkX9d58lJpVacsNB/LopCmQJU+KtRBINWAR9xkNcvZRoniHpMFdm6\r\nWK2n5PqImK5ya62zWkRfpA+FR7YdSrXU+HrZMrw9u1u6kJmZCzY3sFmHPg76ElwF\r\n1pGzL2wy/TUOmZqMtdDo/n6uK+kH9g+RdqIDCQ2isaMRa9kT9cLS22retsSD7UlZ\r\nOQIDAQAB\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'soft-deleted',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJg3/VkVvSwfYX7o403psMBFf1Uev+z65BB6bSuy8rbt removed',
    fingerprint: 'UZz4sEZEsNNRiSAe7GMoZD0yagklJl1aUS6gIqbD2Tk',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAmDf9WRW9LB9hfujjTemwwEV/VR6/7PrkEHptK7Lytu0=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'removed, then added again (this row is the deleted one)',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGyJFZoQW8sC43tznQ7ARGwdw2HeaInpzhA3Wh8vmDCY readded',
    fingerprint: '+PrKJxYn60dmH6glh7eI3ySjU4HxfLzsllPer/pB9X8',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAbIkVmhBbywLje3OdDsBEbB3DYd5oienOEDdaHy+YMJg=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'same key on two accounts (1)',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmZsnO3RQcoamrLZYLt+4Ht9Z/VroSso1hdmkFc4rka shared',
    fingerprint: 'qZaT7rGZrE1dNUolRvQ5jx8cGpPRRMUAq565SFV8pQ8',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA+Zmyc7dFByhqastlgu37ge31n9WuhKyjWF2aQVziuRo=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'duplicate by race (1)',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJFJl9ZUizV6t24DvMobBLGo7AB+U3cl3nCSiXBTUpKO race',
    fingerprint: '/73NpPrPxbXJSfFaS50AhEBW+KnbeLlMb3rdDF7y2gE',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAkUmX1lSLNXq3bgO8yhsEsajsAH5TdyXecJKJcFNSko4=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'null created_at',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDkyHZA18qe11qXPnsWB0dQaEJGAXm5SGsA//tkxibWR nulldates',
    fingerprint: '3U1JUJLmZ9tnHeFt379clBYjE64mBvpFSQD1baIten0',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAOTIdkDXyp7XWpc+exYHR1BoQkYBeblIawD/+2TGJtZE=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: ed25519+comment',
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk me@host comment words\n',
    fingerprint: 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA6eXi7WjSwIHJjtatLoS8Ua6pwMewQA/Nf0I/r7Z892Q=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: rsa_2048',
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCzc38St4AG6Jk8gJQerRoCWnMgBont+pI3bJfLOXnC43mk+dapq7ciC8BY5LfsPo1E4jLTydGHcGEc0g4YLqc5ouhHn7KqBpJfUOH4i5klv+p6wuqrFLGQqwUPOKBUJ+V5DBznyB9FQJQrldGCWUvB3enDorEr7mU4/m7Oxp0KLGExcDrV6iwfBVskmyeShPdtqDFTi2plS/onKJgE1qQReI5dh0KE3iF+bmUiD5IlkWOwpaop7OdT3Try/6vR2b/jNkSvXu6TedF7RHJ5MICQvUCN3PZURf517EVM0BK/s/7qUzohWN5JgIG2qdHkQ17tzsFZmzdR1NKgrTq5DPcV me@host comment words\n',
    fingerprint: 't3hCaeOdGtSTlpyGLW7xd0iSih5MnqrXAnYmtSntDPI',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs3N/EreABuiZPICUHq0a\r\nAlpzIAaJ7fqSN2yXyzl5wuN5pPnWqau3IgvAWOS37D6NROIy08nRh3BhHNIOGC6n\r\nOaLoR5+yqgaSX1Dh+IuZJb/qesLqqxSxkKsFDzigVCfleQwc58gfRUCUK5XRgllL\r\nwd3pw6KxK+5lOP5uzsadCixhMXA61eosHwVbJJsnkoT3bagxU4tqZUv6JyiYBNak\r\nEXiOXYdChN4hfm5lIg+SJZFjsKWqKeznU9068v+r0dm/4zZEr17uk3nRe0RyeTCA\r\nkL1Ajdz2VEX+dexFTNASv7P+6lM6IVjeSYCBtqnR5ENe7c7BWZs3UdTSoK06uQz3\r\nFQIDAQAB\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: rsa_4096',
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQCiod/U9DX0kmrZNoNhHyfvY+M3E6haCLJHMNxOf6xdG45k0CgspERX9c3oLXZXJ5SBjo0Iksgc17ddQIiUBs1q8PeI6bpD8w20QbJRaLPEgoa5zZJXrET3HWpeoV9VEoLMWCySksy+j8YbTa3v209kRjL+0t58sKw62cA23B+V+iUPZD+YG0LNXaoTqXno/tTz5/akFD3WXhLIVS8sS7FCQIC9d5wxttM5A7cfryj3KgefVqJjakcIGOL9i4BEHz7KIqpr5mdR/QQbARfwlpBKjvBPLpsT19TJwIpwZIA/Dxa0iQGB5glEU5U8vvcUlBB6MNy+5c5Yu6aUbOxYsTcHajcTRFJlkbQKGEbFGp7Iphcv6nONQbcsciOZM297HFMv9yCLi8Ntt6jb0C4dO8teWwMHKAcYajQcaiM0+01cUUKwV6aAbCS7fBGF5GiCOvVQLkTjqPyxhCvDog6FWHNJ+816yGf7HP5cxi3bN1oDUUeWoMpG6vfOlPqZW0TEUbhFHZlQKYF4MEYZHkKAOpjezsr6bb2netfQfT3oAcwHpaJvj4FO7/xWg4Ns6rJN/vtDdnVJPejFZt7u/o5X2KiN8GUYS3efr0hVxL11tyCoNyltEZRNwj+MCpGZ6B3Bo2/AIgpm5veJpzqFyDxwYuVpdVxtxAqo+7e33JggxcANLQ== me@host comment words\n',
    fingerprint: '9iwwsg37vB2OsOYUnGqfxENmsvHf5DNNadw/dSS4AAE',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAoqHf1PQ19JJq2TaDYR8n\r\n72PjNxOoWgiyRzDcTn+sXRuOZNAoLKREV/XN6C12VyeUgY6NCJLIHNe3XUCIlAbN\r\navD3iOm6Q/MNtEGyUWizxIKGuc2SV6xE9x1qXqFfVRKCzFgskpLMvo/GG02t79tP\r\nZEYy/tLefLCsOtnANtwflfolD2Q/mBtCzV2qE6l56P7U8+f2pBQ91l4SyFUvLEux\r\nQkCAvXecMbbTOQO3H68o9yoHn1aiY2pHCBji/YuARB8+yiKqa+ZnUf0EGwEX8JaQ\r\nSo7wTy6bE9fUycCKcGSAPw8WtIkBgeYJRFOVPL73FJQQejDcvuXOWLumlGzsWLE3\r\nB2o3E0RSZZG0ChhGxRqeyKYXL+pzjUG3LHIjmTNvexxTL/cgi4vDbbeo29AuHTvL\r\nXlsDBygHGGo0HGojNPtNXFFCsFemgGwku3wRheRogjr1UC5E46j8sYQrw6IOhVhz\r\nSfvNeshn+xz+XMYt2zdaA1FHlqDKRur3zpT6mVtExFG4RR2ZUCmBeDBGGR5CgDqY\r\n3s7K+m29p3rX0H096AHMB6Wib4+BTu/8VoODbOqyTf77Q3Z1ST3oxWbe7v6OV9io\r\njfBlGEt3n69IVcS9dbcgqDcpbRGUTcI/jAqRmegdwaNvwCIKZub3iac6hcg8cGLl\r\naXVcbcQKqPu3t9yYIMXADS0CAwEAAQ==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: ecdsa_256',
    text: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA8TAeShIkpp5RVy0B6Cxbb6lBwXJk/60tR9o1fY/aHG3M4y4P0VYN2fDj+GuRHlyIeiGmUoKsku6gCckSR5Feg= me@host comment words\n',
    fingerprint: 'vN66Ib6r/58VS3VwAAfEMqI/c6aIKrwrkBJbIZoeY+k',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDxMB5KEiSmnlFXLQHoLFtvqUHBcm\r\nT/rS1H2jV9j9ocbczjLg/RVg3Z8OP4a5EeXIh6IaZSgqyS7qAJyRJHkV6A==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: pkcs8 pem',
    text: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDxMB5KEiSmnlFXLQHoLFtvqUHBcm\nT/rS1H2jV9j9ocbczjLg/RVg3Z8OP4a5EeXIh6IaZSgqyS7qAJyRJHkV6A==\n-----END PUBLIC KEY-----\n',
    fingerprint: 'vN66Ib6r/58VS3VwAAfEMqI/c6aIKrwrkBJbIZoeY+k',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDxMB5KEiSmnlFXLQHoLFtvqUHBcm\r\nT/rS1H2jV9j9ocbczjLg/RVg3Z8OP4a5EeXIh6IaZSgqyS7qAJyRJHkV6A==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: rfc4716',
    text: '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "4096-bit RSA, converted by root@vm from OpenSSH"\nAAAAB3NzaC1yc2EAAAADAQABAAACAQCiod/U9DX0kmrZNoNhHyfvY+M3E6haCLJHMNxOf6\nxdG45k0CgspERX9c3oLXZXJ5SBjo0Iksgc17ddQIiUBs1q8PeI6bpD8w20QbJRaLPEgoa5\nzZJXrET3HWpeoV9VEoLMWCySksy+j8YbTa3v209kRjL+0t58sKw62cA23B+V+iUPZD+YG0\nLNXaoTqXno/tTz5/akFD3WXhLIVS8sS7FCQIC9d5wxttM5A7cfryj3KgefVqJjakcIGOL9\ni4BEHz7KIqpr5mdR/QQbARfwlpBKjvBPLpsT19TJwIpwZIA/Dxa0iQGB5glEU5U8vvcUlB\nB6MNy+5c5Yu6aUbOxYsTcHajcTRFJlkbQKGEbFGp7Iphcv6nONQbcsciOZM297HFMv9yCL\ni8Ntt6jb0C4dO8teWwMHKAcYajQcaiM0+01cUUKwV6aAbCS7fBGF5GiCOvVQLkTjqPyxhC\nvDog6FWHNJ+816yGf7HP5cxi3bN1oDUUeWoMpG6vfOlPqZW0TEUbhFHZlQKYF4MEYZHkKA\nOpjezsr6bb2netfQfT3oAcwHpaJvj4FO7/xWg4Ns6rJN/vtDdnVJPejFZt7u/o5X2KiN8G\nUYS3efr0hVxL11tyCoNyltEZRNwj+MCpGZ6B3Bo2/AIgpm5veJpzqFyDxwYuVpdVxtxAqo\n+7e33JggxcANLQ==\n---- END SSH2 PUBLIC KEY ----\n',
    fingerprint: '9iwwsg37vB2OsOYUnGqfxENmsvHf5DNNadw/dSS4AAE',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAoqHf1PQ19JJq2TaDYR8n\r\n72PjNxOoWgiyRzDcTn+sXRuOZNAoLKREV/XN6C12VyeUgY6NCJLIHNe3XUCIlAbN\r\navD3iOm6Q/MNtEGyUWizxIKGuc2SV6xE9x1qXqFfVRKCzFgskpLMvo/GG02t79tP\r\nZEYy/tLefLCsOtnANtwflfolD2Q/mBtCzV2qE6l56P7U8+f2pBQ91l4SyFUvLEux\r\nQkCAvXecMbbTOQO3H68o9yoHn1aiY2pHCBji/YuARB8+yiKqa+ZnUf0EGwEX8JaQ\r\nSo7wTy6bE9fUycCKcGSAPw8WtIkBgeYJRFOVPL73FJQQejDcvuXOWLumlGzsWLE3\r\nB2o3E0RSZZG0ChhGxRqeyKYXL+pzjUG3LHIjmTNvexxTL/cgi4vDbbeo29AuHTvL\r\nXlsDBygHGGo0HGojNPtNXFFCsFemgGwku3wRheRogjr1UC5E46j8sYQrw6IOhVhz\r\nSfvNeshn+xz+XMYt2zdaA1FHlqDKRur3zpT6mVtExFG4RR2ZUCmBeDBGGR5CgDqY\r\n3s7K+m29p3rX0H096AHMB6Wib4+BTu/8VoODbOqyTf77Q3Z1ST3oxWbe7v6OV9io\r\njfBlGEt3n69IVcS9dbcgqDcpbRGUTcI/jAqRmegdwaNvwCIKZub3iac6hcg8cGLl\r\naXVcbcQKqPu3t9yYIMXADS0CAwEAAQ==\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: leading ws',
    text: '\n  ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk me@host comment words\n  \n',
    fingerprint: 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA6eXi7WjSwIHJjtatLoS8Ua6pwMewQA/Nf0I/r7Z892Q=\r\n-----END PUBLIC KEY-----',
  },
  {
    name: 'transcript: bare base64',
    text: 'AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAHxwjMFTuSGSXocoWuNGMjVoYUYXjdj9iv371AN6rJuJdCW99T+BDTAGM73w/IpmqlJjtR+CvkHLePPhb5ZN3B5zwHlM/HJLBiSCkRIyWz+fX/cUmzg4fdF7C5hVbZoC/EkyrlE/lcRBZF41+uHk5rkk1z2YylnQuGMFsksGTFIjTRidQ==',
    fingerprint: 'Ycc2AsGhFcomv2R7vE4OJaaBc2Z4TXFilx0pJu7BEuk',
    pem: '-----BEGIN PUBLIC KEY-----\r\nMIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB8cIzBU7khkl6HKFrjRjI1aGFGF43\r\nY/Yr9+9QDeqybiXQlvfU/gQ0wBjO98PyKZqpSY7Ufgr5By3jz4W+WTdwec8B5TPx\r\nySwYkgpESMls/n1/3FJs4OH3RewuYVW2aAvxJMq5RP5XEQWReNfrh5Oa5JNc9mMp\r\nZ0LhjBbJLBkxSI00YnU=\r\n-----END PUBLIC KEY-----',
  },
];

/** Lines made by `ssh-keygen`, with the fingerprint that its `-lf` prints. */
const opensshKeys = [
  {
    text: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPh0oN+bxbzX2lLUeJn/25XBSYOOI3ih5P7HXf0RwiZc laptop of Ada',
    fingerprint: 'vvK+ku7SIKhzP0uuYzUHxxPe8xiD+btd8VgsI+R7qxU',
  },
  {
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDcWOcIoR6FkrRtjkYVkhi21Ev3q7+pgoJfrkp+6xFjxl2ZsRmoFvTJkqSxHETWfuAbg3iSIhKczPlaqFcEh4/aKjfDDsA6KEwGLc8zzF1WJb4ldvi4YnM/lfiO/nNMsLVDqCeiyxlnfczzgcJG/DUYVst/JZu4ze4VkAbyTh7DCBYLSWvAoKkadVF7kt0eI8dPluiCjmpmqhnLcpImN+He6dOUU/QHJdC0dycQRSGo4w8/CHiHJbv6nT1JYVffjZlkpp4FdMtKDRt3rU2ex4y9jJACFLweQPAQe8zeW8wDOioVGCD5+6S7k2UWN8yE+aLOC5Ethri8HakZ9aZQzeNl rsa 2048',
    fingerprint: 'Ndx5A/vq/5wWcf6o5pYQZxjt/W+g7LyTKeFS0om5L78',
  },
  {
    text: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDHRCWB+io8V7qYF8kWkfnQz0oborc1oBxCPGXgo+KHI//cRYrJylJRDMr+vIQj47eaa/o8bOLby3F1HXnD7owM1y35Oq982vblwPzTx3jgjSjc6e1QFUQD7WYOTDnTHosUJWOVb+bTjmmkvJd1IpB/8nlvt9d1u+/IhUYDkke7OK702Lq7rTjM8PWhGK85Oo5FmXerYUrHVEzH23nEuUTr5magxkE7LKXYzJQ+Y+caRp8LP0JDOMItJpvL+QXStg4ceQvMgoqAVyUurmTdXoGCg9+z0jZjwTgxZ71aBmG7mMuvS/Tc88gEQhYBCad2djD/LRoMGJPPf20MSF61yP0anhBz5cwPwoirR/TqT3pWtyVMVBg98ZwHW2ggc7CNAb3JmXp6dv7zEzq4DcLBBXM8nnDz+0H9l0Fo+rZhx4EcryDeTr7xlw+ZpgQZKu+WWEEKRXe/6Spa194ybduRg5AJRL1jxmZbzweilvQEMP34G8Mm6N4P81TXNnq5RwuRJMc= rsa 3072',
    fingerprint: 'qf4GzbzArOVKCrZvLbEkjl8qLynyj9TvMLkjoAMxarc',
  },
  {
    text: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDvVPeXzJ3M0fhIhUlXu9tOcEhlDHM31URHPV3M94vLsTGj0+t99xMPCFbARoaSsvSBrcbKROIrmwbVv0fpy2XE= ec 256',
    fingerprint: 'wAF7Gbs/K3WpEWwy923PLPwaARk9wiluhv04Ejwg/fY',
  },
  {
    text: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBPEqexYD39ekuyhE88pA0aua4eYbSu+CY74vhQ72USWmNDC17f8clwvHmqmqoDPlXEUEs2u180BiDZlc30RUPbIv64mZvjaEjUcf3p0+X8AtgFn+S/t0CpVezhlm1REKNg== ec 384',
    fingerprint: 'Yx6PvsOYGcwt3yObYDkPh+e/50z7LeEA8fTQBpxJ9XE',
  },
  {
    text: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGWQdfxoKBOXxj75d+EwnpYn552mW6z/f5+PsWtgv6cVlMR0Va4fWXuAw0ztGVEgxycQmLJLzg9Fi3MB6KX67lWIwEdq6ZRnqyxt47tfK/o6Jv9r3Va7Ws9RuJaPR/r6qVPdsc69KZMbdVD3rib8kZBoJ/rrlK/PZoWxlAZI1G0fqvusQ== ec 521',
    fingerprint: 'gWEJesaDZ6ctz9CA8yG/9rRDCG/l/M6BTwjuUNDk5Uc',
  },
];

/** One RSA key in every form that `ssh-keygen -e` writes, and its fingerprint. */
const rsaForms = {
  fingerprint: 'Ndx5A/vq/5wWcf6o5pYQZxjt/W+g7LyTKeFS0om5L78',
  rfc4716:
    '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "2048-bit RSA, converted by root@vm from OpenSSH"\nAAAAB3NzaC1yc2EAAAADAQABAAABAQDcWOcIoR6FkrRtjkYVkhi21Ev3q7+pgoJfrkp+6x\nFjxl2ZsRmoFvTJkqSxHETWfuAbg3iSIhKczPlaqFcEh4/aKjfDDsA6KEwGLc8zzF1WJb4l\ndvi4YnM/lfiO/nNMsLVDqCeiyxlnfczzgcJG/DUYVst/JZu4ze4VkAbyTh7DCBYLSWvAoK\nkadVF7kt0eI8dPluiCjmpmqhnLcpImN+He6dOUU/QHJdC0dycQRSGo4w8/CHiHJbv6nT1J\nYVffjZlkpp4FdMtKDRt3rU2ex4y9jJACFLweQPAQe8zeW8wDOioVGCD5+6S7k2UWN8yE+a\nLOC5Ethri8HakZ9aZQzeNl\n---- END SSH2 PUBLIC KEY ----\n',
  pkcs8:
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3FjnCKEehZK0bY5GFZIY\nttRL96u/qYKCX65KfusRY8ZdmbEZqBb0yZKksRxE1n7gG4N4kiISnMz5WqhXBIeP\n2io3ww7AOihMBi3PM8xdViW+JXb4uGJzP5X4jv5zTLC1Q6gnossZZ33M84HCRvw1\nGFbLfyWbuM3uFZAG8k4ewwgWC0lrwKCpGnVRe5LdHiPHT5bogo5qZqoZy3KSJjfh\n3unTlFP0ByXQtHcnEEUhqOMPPwh4hyW7+p09SWFX342ZZKaeBXTLSg0bd61NnseM\nvYyQAhS8HkDwEHvM3lvMAzoqFRgg+fuku5NlFjfMhPmizguRLYa4vB2pGfWmUM3j\nZQIDAQAB\n-----END PUBLIC KEY-----\n',
  pkcs1:
    '-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEA3FjnCKEehZK0bY5GFZIYttRL96u/qYKCX65KfusRY8ZdmbEZqBb0\nyZKksRxE1n7gG4N4kiISnMz5WqhXBIeP2io3ww7AOihMBi3PM8xdViW+JXb4uGJz\nP5X4jv5zTLC1Q6gnossZZ33M84HCRvw1GFbLfyWbuM3uFZAG8k4ewwgWC0lrwKCp\nGnVRe5LdHiPHT5bogo5qZqoZy3KSJjfh3unTlFP0ByXQtHcnEEUhqOMPPwh4hyW7\n+p09SWFX342ZZKaeBXTLSg0bd61NnseMvYyQAhS8HkDwEHvM3lvMAzoqFRgg+fuk\nu5NlFjfMhPmizguRLYa4vB2pGfWmUM3jZQIDAQAB\n-----END RSA PUBLIC KEY-----\n',
};

/** A paste of which a real panel kept the first key and dropped the rest. */
const twoKeys =
  'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBD+cltc8DuuyOVG0Zl6WQvBboGzYgEpDSTnj4Ww2S7MHcqhODxOdZp3qNyRM5mbieTFxBSXHho/XtpryOQ4+0U9Kg2mYAQSlTUYJgxRfLKuljbscFrWxtJ2AmDz4OPHdvg== me@host comment words\necdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAHxwjMFTuSGSXocoWuNGMjVoYUYXjdj9iv371AN6rJuJdCW99T+BDTAGM73w/IpmqlJjtR+CvkHLePPhb5ZN3B5zwHlM/HJLBiSCkRIyWz+fX/cUmzg4fdF7C5hVbZoC/EkyrlE/lcRBZF41+uHk5rkk1z2YylnQuGMFsksGTFIjTRidQ== me@host comment words\n';

const dsaLine =
  'ssh-dss AAAAB3NzaC1kc3MAAACBAOyIKB7cr2ZpUcaqDZKXLPSchuK7JCycLQiAIBRbkG42kI9T4ow/nDsiYQHKrxS/9n8dd/MonmRAka/BIxK/O8nuApUX4aPFREL57zHwlCqUCjztFpOAJBm25VkWtMI09khAKH0cKzguxonJfQBUy16VkIInzKWh/Hs3rQsWGXFhAAAAFQDEjiMEguK3FJfdAh7E1R6dkDxGFQAAAIEAx6W0A9GzB6cf+y5P+xrj8s98z0Ub+Warg2o6W6kUfsPzuHciU6UzP3bISBjcl3wKfCz18ozewX4JzGuknHWk7NWmtC58F7O6GCYeHmAqSPZzRBMZvb2mBB0osuVJs2SENpUNawJXbUuLcd8KlWbRfKdhGyTwZPaPV7mtYuStlawAAACAGOKnnUtqrKefzU/AOW0KAXlnc6QrkNUVQXv1kgwNQs5qIV25VWADhWBy78ZgpXR5Le9enPjZr0BSoD90iagNdQBn0Pr1OjenpzHEoGz4PhIwLYgfLAKdxfxSQ7oFBlMqp79O/Hbg4dki3l74TiC7i/0EhqW6B7fExw8TrJTA+H4= dsa';
const dsaPem =
  '-----BEGIN PUBLIC KEY-----\nMIIBtzCCASwGByqGSM44BAEwggEfAoGBAOyIKB7cr2ZpUcaqDZKXLPSchuK7JCyc\nLQiAIBRbkG42kI9T4ow/nDsiYQHKrxS/9n8dd/MonmRAka/BIxK/O8nuApUX4aPF\nREL57zHwlCqUCjztFpOAJBm25VkWtMI09khAKH0cKzguxonJfQBUy16VkIInzKWh\n/Hs3rQsWGXFhAhUAxI4jBILitxSX3QIexNUenZA8RhUCgYEAx6W0A9GzB6cf+y5P\n+xrj8s98z0Ub+Warg2o6W6kUfsPzuHciU6UzP3bISBjcl3wKfCz18ozewX4JzGuk\nnHWk7NWmtC58F7O6GCYeHmAqSPZzRBMZvb2mBB0osuVJs2SENpUNawJXbUuLcd8K\nlWbRfKdhGyTwZPaPV7mtYuStlawDgYQAAoGAGOKnnUtqrKefzU/AOW0KAXlnc6Qr\nkNUVQXv1kgwNQs5qIV25VWADhWBy78ZgpXR5Le9enPjZr0BSoD90iagNdQBn0Pr1\nOjenpzHEoGz4PhIwLYgfLAKdxfxSQ7oFBlMqp79O/Hbg4dki3l74TiC7i/0EhqW6\nB7fExw8TrJTA+H4=\n-----END PUBLIC KEY-----\n';

const shortRsaLines = {
  '1024 bits':
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCzYav53vffcLgeHB2c2b683s/vVVHHiP8RKKWIZ/oSEXPILGTgaSOVvw6TQL1y9uCEFDPewZRFpkK40hQHc/NhhBoqZVTXT12Zgz/sVunZmMBvEFt/eHFixER57l0fKFCgjMfb5DHuBjLcuQDnP8QQ7Z2mm9Cd0ilZjQLWd+/9gw==',
  '1024 bits, refused by the panel':
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDicHx8q7J2EsTlGT4WFVM6TfXpCkYNZN+n2dp7iMPlnrl0/O0rSyD2W8lkbmsdNJg13HvU2aLSOgbRalZjX6XTxZ5JdXJmQctIVIV7CQeISBrR23Y2VMB0a50iwwAKnYtCdMlbrOwnY/p8hiFBPOk19nxo/gqHiV8Y/98N2Q2C0Q== me@host comment words\n',
  '2047 bits, refused by the panel':
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAFTXAf2ZghwDJduDTB3iU7wYQ1CdFFFcS5MAd6DpbYX4jr/3r2YkTV6PYlj+sGUv2UaEMD41Ma+J/Pf2ug5+4plPOmFkVY2NdOZR6UTHcBMAvU+Qvjpm4YJy4xokBPEL/aP4ETYrEO8+7IG0gHNjPM6tP5RczxDqS9gTpJkklq1dIfEJG7YtIyXEBbxsB0hAUlVQzSw+idFUCX4dyL43etHCs3b0Knk7Vlx1FWeagSUY0YEu/UQX07NMrd3l7WPjpLTahWQkoRy6DiBDW4ua9gv7kogk6dWN7N3tGixxx0L1xnOmX6epf3avPtI7ZOURfCCE/rAvdHYJxOS+5JEz6n0= me@host comment words\n',
};

const certificates = {
  'of OpenSSH, for ECDSA':
    'ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAggWtfKb3u0IfCFeFv/mg2CjEmzGi04YNye9NTbvqMeIMAAAAIbmlzdHAyNTYAAABBBDvVPeXzJ3M0fhIhUlXu9tOcEhlDHM31URHPV3M94vLsTGj0+t99xMPCFbARoaSsvSBrcbKROIrmwbVv0fpy2XEAAAAAAAAAAAAAAAEAAAACaWQAAAAFAAAAAXUAAAAAAAAAAP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAAAAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAg+HSg35vFvNfaUtR4mf/blcFJg44jeKHk/sdd/RHCJlwAAABTAAAAC3NzaC1lZDI1NTE5AAAAQB190hiePYCN6mMzv8RUj2CblKHB1Froaka9FB3LS5OsDtZWjVIXcliPknd5JAGHO7MQ5SfEmCYLTYg4MQMZ5w8= ec 256',
  'of OpenSSH, refused by the panel':
    'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIOGEuUsiuqWF3MU7eghPxfzJAXiVBcH5xWpAwynNPHDgAAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdkAAAAAAAAAAAAAAABAAAAAmlkAAAABQAAAAF1AAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAIXAAAAB3NzaC1yc2EAAAADAQABAAACAQCiod/U9DX0kmrZNoNhHyfvY+M3E6haCLJHMNxOf6xdG45k0CgspERX9c3oLXZXJ5SBjo0Iksgc17ddQIiUBs1q8PeI6bpD8w20QbJRaLPEgoa5zZJXrET3HWpeoV9VEoLMWCySksy+j8YbTa3v209kRjL+0t58sKw62cA23B+V+iUPZD+YG0LNXaoTqXno/tTz5/akFD3WXhLIVS8sS7FCQIC9d5wxttM5A7cfryj3KgefVqJjakcIGOL9i4BEHz7KIqpr5mdR/QQbARfwlpBKjvBPLpsT19TJwIpwZIA/Dxa0iQGB5glEU5U8vvcUlBB6MNy+5c5Yu6aUbOxYsTcHajcTRFJlkbQKGEbFGp7Iphcv6nONQbcsciOZM297HFMv9yCLi8Ntt6jb0C4dO8teWwMHKAcYajQcaiM0+01cUUKwV6aAbCS7fBGF5GiCOvVQLkTjqPyxhCvDog6FWHNJ+816yGf7HP5cxi3bN1oDUUeWoMpG6vfOlPqZW0TEUbhFHZlQKYF4MEYZHkKAOpjezsr6bb2netfQfT3oAcwHpaJvj4FO7/xWg4Ns6rJN/vtDdnVJPejFZt7u/o5X2KiN8GUYS3efr0hVxL11tyCoNyltEZRNwj+MCpGZ6B3Bo2/AIgpm5veJpzqFyDxwYuVpdVxtxAqo+7e33JggxcANLQAAAhQAAAAMcnNhLXNoYTItNTEyAAACABJlK8bC9/2fk1ppqOob0rTGQvD6KAgJQCsDj7PW2/aPpvi09+SXL12Ea6BvQFUSOPcaXxju/uLMZR6B0q7OjU+NX9XKcvIWZok09kqYEoF19lVkzmJdrl4PO9avY4hlkRc6pDrZas7K3C51d9g4dX5C/InaxZc3KhSrRktm6Zo+DKn7LUsado/0whWrLS4/2O+TS2Kn0fbD4SKhrNuFzKa/W3fhSqkX7ZZ8F8Jr9IFv4zjG7WPtYjmMcwsNB/lERHFjNuGYaM+MfiFKRx1jXOBNffX74cbuEqTYtn2b/J8paatyV6gol39UBs+hxJ+ZOycz6zDP2M06N95FLfdQPBWCErEodCMJmk+HOgT/ABkOJakBQpui4HHTj7Ou9uwXVyMQQTragxTSCYKBjvNU6qKSOBsnbDhIQal/QeTmt9KMt3RXGMsU0ywAntE1Z3qlzN5Phx3fhqfwBO312egG5UwvRuTOLjbmrT/CnhMp7fghAixmGUdJy5nxdoN8lWzn5l0n5tkVb91f79MowPl6QLrbkfpm9L0s10sHnzlAWyY7JyUXVjPCea9l2OCh6McB+u2h61diaku03kx0OT+XhIbjr4A5sDbPld1jsP1hGPArE7kQ5Yckkm6dJr4X5InpLDa0dnsd3eoTBDLFHBrDiKOi48Gydx63r9OkbQITIzPs me@host comment words\n',
  'of X.509':
    '-----BEGIN CERTIFICATE-----\nMIIBLDCB36ADAgECAhRvaFsRjVl2QrOyan8gc/pRKFBafDAFBgMrZXAwDDEKMAgG\nA1UEAwwBeDAeFw0yNjExMjMxNzEzMjVaFw0yNjExMjQxNzEzMjVaMAwxCjAIBgNV\nBAMMAXgwKjAFBgMrZXADIQC0hN3A+6q1RujVSgbfQVDCRIsPKtFCYx7muEt+xSU8\nhqNTMFEwHQYDVR0OBBYEFGgnSLV4mt7JEqtOP5MUhnCc6dt/MB8GA1UdIwQYMBaA\nFGgnSLV4mt7JEqtOP5MUhnCc6dt/MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA\nmV+SjK83RVuQiJvlOe7ghC2MUSQxUPViHlm5BGx064tB0XyKBLJ/qzizH2fmKfhi\nEDKmi8xCFA0Xba7xtcxqBw==\n-----END CERTIFICATE-----\n',
};

const hashedHost = '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=';

/** A P-256 key as OpenSSL writes it with a compressed point, and with the curve spelled out. */
const unusualEcPems = [
  '-----BEGIN PUBLIC KEY-----\nMDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADDRbgpUtahFAldASu3o8Jsb6ZYn4c\neGHcDF8OUVRVOo0=\n-----END PUBLIC KEY-----\n',
  '-----BEGIN PUBLIC KEY-----\nMIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA\nAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////\n///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd\nNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5\nRdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA\n//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABA0W4KVLWoRQJXQErt6PCbG+\nmWJ+HHhh3AxfDlFUVTqNOz3BVbJOTspXpr+U2XEqOl9DuBDe6kZXl4veu4abofE=\n-----END PUBLIC KEY-----\n',
];
const [edKey, rsaKey, , ecKey] = opensshKeys.map(({ text }) => parsePublicKey(text));
const [edLine, rsaLine, ecLine] = [lineOf(edKey), lineOf(rsaKey), lineOf(ecKey)];
const [edBlob, rsaBlob, ecBlob] = [blobOf(edLine), blobOf(rsaLine), blobOf(ecLine)];

describe('a key is accepted', () => {
  test.each(panelKeys)('with the fingerprint and PEM of the old panel: $name', ({ text, fingerprint, pem }) => {
    const key = parsePublicKey(text);
    expect(key).toMatchObject({ fingerprint });
    expect(encodePem(lineOf(key))).toBe(pem);
    expect(parsePublicKey(pem)).toEqual(key);
  });

  test.each(opensshKeys)('with the fingerprint of ssh-keygen, its comment left out: $fingerprint', (vector) => {
    const line = vector.text.split(' ', 2).join(' ');
    expect(parsePublicKey(vector.text)).toEqual({ fingerprint: vector.fingerprint, line });
    expect(parsePublicKey(line)).toEqual({ fingerprint: vector.fingerprint, line });
  });

  test('and is the same one in each form that ssh-keygen writes', () => {
    const { fingerprint, ...forms } = rsaForms;
    for (const text of Object.values(forms)) expect(parsePublicKey(text)).toEqual({ fingerprint, line: rsaLine });
    for (const line of [edLine, rsaLine, ecLine]) {
      expect(lineOf(parsePublicKey(line.slice(line.indexOf(' ') + 1)))).toBe(line);
      expect(lineOf(parsePublicKey(encodePem(line)))).toBe(line);
    }
  });

  test('with any line ends, tabs and spaces around it', () => {
    const [type, body] = edLine.split(' ');
    expect(parsePublicKey(`\r\n\t ${type}\t${body}\tme\r\n\r\n`)).toEqual(edKey);
    expect(parsePublicKey(rsaForms.rfc4716.replaceAll('\n', '\r\n'))).toEqual(rsaKey);
    expect(parsePublicKey(rsaForms.pkcs8.replaceAll('\n', ''))).toEqual(rsaKey);
  });

  test('after RFC 4716 headers, even those of several lines', () => {
    const headers = 'Subject: me\nx-note: one \\\ntwo \\\nthree\nComment: "c"';
    const text = `---- BEGIN SSH2 PUBLIC KEY ----\n${headers}\n${edBlob.toString('base64')}\n---- END SSH2 PUBLIC KEY ----`;
    expect(parsePublicKey(text)).toEqual(edKey);
  });

  test('broken over lines or by blanks anywhere after its type, with its comment', () => {
    for (const whole of [edLine, rsaLine, ecLine]) {
      const [type = '', body = ''] = whole.split(' ');
      for (const length of [1, 3, 7, 19, 64, 76]) {
        const parts = body.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
        for (const gap of ['\n', '\r\n', ' ', '\n  ', '\t', '\u00a0', '\u2028']) {
          expect(lineOf(parsePublicKey(`${type}${gap}${parts.join(gap)} me@laptop, of 2026`))).toBe(whole);
          expect(lineOf(parsePublicKey(parts.join(gap)))).toBe(whole);
        }
      }
    }
  });

  test('after comment lines and with zero-width characters', () => {
    expect(parsePublicKey(`# my laptop\n#ssh-rsa\n\n${edLine} me\n# end\n`)).toEqual(edKey);
    expect(parsePublicKey(`\ufeff\u200b${edLine.replace('AAAA', 'AA\u200bAA')}`)).toEqual(edKey);
  });

  test.each(['github.com', 'github.com,140.82.121.4', '[git.example.com]:2222', '2001:db8::1', '*.example.com,!x.example.com', hashedHost])(
    'after the host of a line of ssh-keyscan or known_hosts: %s',
    (host) => {
      expect(parsePublicKey(`# ${host}:22 SSH-2.0-OpenSSH_9.6\n${host} ${edLine}\n`)).toEqual(edKey);
      expect(parsePublicKey(`${host} ${rsaLine}`)).toEqual(rsaKey);
    },
  );

  test('with the name of a signature in the place of its type', () => {
    for (const label of ['rsa-sha2-256', 'rsa-sha2-512']) expect(parsePublicKey(rsaLine.replace('ssh-rsa', label))).toEqual(rsaKey);
  });

  test('in a PEM or RFC 4716 with any text around it', () => {
    const pems = [rsaForms.pkcs8, rsaForms.pkcs1, rsaForms.rfc4716];
    for (const pem of pems) {
      expect(parsePublicKey(`Hello,\nhere is my key:\n\n${pem}\nRegards, -- Ada\n`)).toEqual(rsaKey);
      expect(parsePublicKey(`Public-Key: (2048 bit) ${pem.replaceAll('\n', ' ')} end`)).toEqual(rsaKey);
    }
  });

  test('in RFC 4716 whose line ends became blanks', () => {
    const body = edBlob.toString('base64');
    const text = `---- BEGIN SSH2 PUBLIC KEY ---- Comment: "256-bit ED25519, AAAA of me" ${body.slice(0, 40)} ${body.slice(40)} ---- END SSH2 PUBLIC KEY ----`;
    expect(parsePublicKey(text)).toEqual(edKey);
  });

  test('that a security key holds (FIDO), whose PEM is the line itself', () => {
    const point = ecBlob.subarray(-65);
    for (const application of ['ssh:', 'ssh:work']) {
      const ed = line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-32), Buffer.from(application));
      const ec = line('sk-ecdsa-sha2-nistp256@openssh.com', Buffer.from('nistp256'), point, Buffer.from(application));
      for (const text of [ed, ec]) {
        expect(lineOf(parsePublicKey(`${text} me@yubikey`))).toBe(text);
        expect(encodePem(text)).toBe(text);
        expect(lineOf(parsePublicKey(text.split(' ')[1] ?? ''))).toBe(text);
      }
    }
    const broken = [
      line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-31), Buffer.from('ssh:')),
      line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-32)),
      line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-32), Buffer.from('')),
      line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-32), Buffer.from('ssh:'), Buffer.from('x')),
      line('sk-ssh-ed25519@openssh.com', little(2n), Buffer.from('ssh:')),
      line('sk-ecdsa-sha2-nistp256@openssh.com', Buffer.from('nistp384'), point, Buffer.from('ssh:')),
      line('sk-ecdsa-sha2-nistp256@openssh.com', Buffer.from('nistp256'), Buffer.alloc(65, 4), Buffer.from('ssh:')),
    ];
    for (const text of broken) expect(ruleOf(text)).toBe('public_key');
  });

  test('with 2048 to 16384 bits, and not with one more or one less', () => {
    expect(ruleOf(rsa(65537n, withoutSmallFactor(1n << 2047n)))).toBeNull();
    expect(ruleOf(rsa(65537n, withoutSmallFactor(1n << 16_383n)))).toBeNull();
    expect(ruleOf(rsa(65537n, (1n << 16_384n) + 1n))).toBe('long_rsa');
    expect(ruleOf(rsa(65537n, (1n << 2047n) - 1n))).toBe('weak_rsa');
  });
});

describe('a text with several keys is refused', () => {
  test.each([
    ['two lines', `${edLine} one\n${rsaLine} two\n`],
    ['two lines of which one is broken', `${edLine} one\n${rsaLine.slice(0, 100)}\n${rsaLine.slice(100)}`],
    ['the same key twice', `${edLine}\n${edLine}`],
    ['two keys in one line', `${edLine} ${ecLine}`],
    ['two PEMs', `${rsaForms.pkcs8}${encodePem(edLine)}`],
    ['two forms of one key', `${rsaForms.pkcs8}${rsaForms.rfc4716}`],
    ['a PEM and a line', `${rsaForms.pkcs1}\n${edLine}`],
    ['a line and RFC 4716', `${edLine}\n${rsaForms.rfc4716}`],
    ['a security key after a line', `${edLine}\n${line('sk-ssh-ed25519@openssh.com', edBlob.subarray(-32), Buffer.from('ssh:'))}`],
    ['what ssh-keyscan prints of a host', `# h:22\nh ${rsaLine}\n# h:22\nh ${edLine}\n# h:22\nh ${ecLine}\n`],
    ['a paste of which the panel keeps the first', twoKeys],
  ])('%s', (_name, text) => {
    expect(ruleOf(text)).toBe('several_keys');
  });
});

describe('a refused key is named for its fault', () => {
  test('a DSA key, as a line and as a PEM', () => {
    for (const text of [dsaLine, dsaPem]) expect(ruleOf(text)).toBe('dsa');
  });

  test.each(Object.entries(shortRsaLines))('an RSA key that is too short: %s', (_, line) => {
    expect(ruleOf(line)).toBe('weak_rsa');
  });

  test('an RSA key in a PEM that is too short', () => {
    expect(ruleOf(publicPem(generateKeyPairSync('rsa', { modulusLength: 1024 })))).toBe('weak_rsa');
  });
});

describe('a text that is not a public key is refused', () => {
  test.each([
    '',
    ' \n ',
    'invalid',
    'ssh-rsa',
    'ssh-rsa ',
    'ssh-ed25519 me@host',
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    '-----BEGIN PUBLIC KEY-----',
    '-----BEGIN PUBLIC KEY-----\r\nAAAA\r\n-----END PUBLIC KEY-----',
    '-----END PUBLIC KEY----------BEGIN PUBLIC KEY-----',
    '---- BEGIN SSH2 PUBLIC KEY ----\n---- END SSH2 PUBLIC KEY ----',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFPkmsioTLBVZRAKtt4w+JM+uKvLoIa8BhOh3vU=',
    '__proto__ constructor',
    '\ud800\u0000\uffff',
  ])('garbage: %j', (text) => {
    expect(ruleOf(text)).toBe('public_key');
  });

  test.each(Object.entries(certificates))('a certificate %s', (_, text) => {
    expect(ruleOf(text)).toBe('certificate');
  });

  test('a text of 256 KiB, even one that begins with a good key', () => {
    for (const filler of ['A', ' ', '\n', '-----BEGIN ', 'BEGIN PRIVATE ', ':\\\n']) {
      expect(ruleOf(`${edLine} ${filler.repeat(262_144 / filler.length)}`)).toBe('public_key');
    }
    expect(parsePublicKey(`${edLine} `.padEnd(16_384, 'c'))).toEqual(edKey);
    expect(ruleOf(`${edLine} `.padEnd(16_385, 'c'))).toBe('public_key');
  });

  test('options of authorized_keys before the key', () => {
    for (const options of [
      'no-pty',
      'command="/bin/sh"',
      'from="*.example.org",no-pty',
      'restrict,command="a b"',
      '@revoked *',
      'a b c',
      'Restrict,no-PTY',
    ]) {
      expect(ruleOf(`${options} ${edLine}`)).toBe('key_options');
    }
  });

  test('a label that differs from the type in the blob', () => {
    const [, edBody] = edLine.split(' ');
    for (const label of ['ssh-rsa', 'ssh-dss', 'ecdsa-sha2-nistp256', 'SSH-ED25519', 'rsa-sha2-256', 'x']) {
      expect(ruleOf(`${label} ${edBody}`)).toBe('public_key');
    }
    expect(ruleOf(`ssh-ed25519 ${dsaLine.split(' ')[1]}`)).toBe('public_key');
  });

  test('base64 that is unpadded, padded twice, url-safe, broken or has stray bits', () => {
    const body = ecBlob.toString('base64');
    expect(body).toMatch(/\+.*XE=$/);
    const [head, tail] = [body.slice(0, 20), body.slice(20)];
    const altered = [body.slice(0, -1), `${body}=`, body.replace('XE=', 'XF='), body.replaceAll('+', '-')];
    for (const bad of [...altered, `${body}!`, `${head}*${tail.slice(1)}`]) {
      expect(ruleOf(`ecdsa-sha2-nistp256 ${bad}`)).toBe('public_key');
      expect(ruleOf(bad)).toBe('public_key');
    }
  });
});

describe('a private key is refused', () => {
  const ed = generateKeyPairSync('ed25519').privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsaPrivate = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const locked = { cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const texts = {
    'PKCS #8, Ed25519': ed.export({ format: 'pem', type: 'pkcs8' }),
    'PKCS #8, RSA': rsaPrivate.export({ format: 'pem', type: 'pkcs8' }),
    'PKCS #8, encrypted': ed.export({ format: 'pem', type: 'pkcs8', ...locked }),
    'PKCS #1': rsaPrivate.export({ format: 'pem', type: 'pkcs1' }),
    'PKCS #1, encrypted': rsaPrivate.export({ format: 'pem', type: 'pkcs1', ...locked }),
    'SEC 1': ec.export({ format: 'pem', type: 'sec1' }),
    OpenSSH: armour('OPENSSH PRIVATE KEY', Buffer.concat([Buffer.from('openssh-key-v1\0'), edBlob])),
    'RFC 4716': '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----',
    PuTTY: `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\n${edBlob.toString('base64')}`,
  };

  test.each(Object.entries(texts))('%s', (_, text) => {
    expect(ruleOf(text.toString())).toBe('private_key');
  });

  test('in the form of OpenSSH, without its first line', () => {
    expect(ruleOf(Buffer.concat([Buffer.from('openssh-key-v1\0'), edBlob]).toString('base64'))).toBe('private_key');
  });

  test('after a good public key too, so that its owner learns that it was sent', () => {
    for (const text of Object.values(texts)) {
      expect(ruleOf(`${edLine}\n${text}`)).toBe('private_key');
      expect(ruleOf(`${rsaForms.pkcs8}${text}`)).toBe('private_key');
    }
  });

  test('in the blob of a line, private numbers after the public ones', () => {
    expect(ruleOf(line('ssh-ed25519', edBlob.subarray(-32), Buffer.alloc(64, 7)))).toBe('public_key');
  });
});

describe('a blob is read to its last byte', () => {
  test.each([
    ['Ed25519', edBlob],
    ['RSA', rsaBlob],
    ['ECDSA', ecBlob],
  ])('%s: cut short anywhere, or with bytes after the key', (_, blob) => {
    for (let length = 0; length < blob.length; length += 1) {
      expect(ruleOf(blob.subarray(0, length).toString('base64'))).toBe('public_key');
    }
    for (const tail of [[0], [0, 0, 0, 0], [0, 0, 0, 1, 7]]) {
      expect(ruleOf(Buffer.concat([blob, Buffer.from(tail)]).toString('base64'))).toBe('public_key');
    }
  });

  test('an Ed25519 key of 31 or 33 bytes is refused', () => {
    const point = edBlob.subarray(-32);
    expect(parsePublicKey(line('ssh-ed25519', point))).toEqual(edKey);
    expect(ruleOf(line('ssh-ed25519', point.subarray(1)))).toBe('public_key');
    expect(ruleOf(line('ssh-ed25519', Buffer.concat([Buffer.alloc(1), point])))).toBe('public_key');
  });

  test('a length beyond the blob is not followed', () => {
    for (const length of [0x7f_ff_ff_ff, 0xff_ff_ff_ff, 34]) {
      const blob = Buffer.from(edBlob);
      blob.writeUInt32BE(length, blob.length - 36);
      expect(ruleOf(blob.toString('base64'))).toBe('public_key');
    }
  });

  test('a number that is negative, padded or zero makes no RSA key', () => {
    const [e, n] = [mpint(65537n), mpint(withoutSmallFactor(1n << 2047n))];
    const zero = Buffer.alloc(1);
    expect(ruleOf(line('ssh-rsa', e, n))).toBeNull();
    for (const modulus of [n.subarray(1), Buffer.concat([zero, n]), Buffer.alloc(0), zero]) {
      expect(ruleOf(line('ssh-rsa', e, modulus))).toBe('public_key');
    }
    for (const exponent of [Buffer.from([0xff]), Buffer.concat([zero, e]), Buffer.alloc(0), zero]) {
      expect(ruleOf(line('ssh-rsa', exponent, n))).toBe('public_key');
    }
  });
});

describe('numbers that make an unsafe key are refused', () => {
  test('an RSA exponent that is even, below 3 or beyond 64 bits', () => {
    const modulus = withoutSmallFactor(1n << 2047n);
    for (const exponent of [3n, 17n, 65537n, 2n ** 64n - 1n]) {
      expect(ruleOf(rsa(exponent, modulus))).toBeNull();
    }
    for (const exponent of [1n, 2n, 4n, 65536n, 2n ** 64n + 1n, modulus - 2n]) {
      expect(ruleOf(rsa(exponent, modulus))).toBe('unsafe_rsa');
    }
  });

  test('an RSA modulus that is even or a square', () => {
    expect(ruleOf(rsa(65537n, 1n << 2047n))).toBe('unsafe_rsa');
    expect(ruleOf(rsa(65537n, ((1n << 1024n) - 1n) ** 2n))).toBe('close_primes');
  });

  test('an RSA modulus with a prime up to 701 as a factor', () => {
    const modulus = withoutSmallFactor(1n << 2047n);
    for (const prime of [3n, 5n, 7n, 331n, 691n, 701n]) expect(ruleOf(rsa(65537n, modulus * prime))).toBe('unsafe_rsa');
    expect(ruleOf(rsa(65537n, modulus * 709n))).toBeNull();
  });

  test('an RSA modulus whose primes are neighbours (Fermat, CVE-2022-26320)', () => {
    const first = generatePrimeSync(1024, { bigint: true }) | (1n << 1023n);
    let second = first + 2n;
    while (!checkPrimeSync(second)) second += 2n;
    expect(ruleOf(rsa(65537n, first * second))).toBe('close_primes');
  });

  test('an RSA modulus of the shape of CVE-2017-15361 (ROCA), but not one of which only one prime has it', () => {
    const primes = Array.from({ length: 700 }, (_, index) => BigInt(index + 2)).filter((p) => checkPrimeSync(p));
    const product = primes.reduce((a, b) => a * b);
    const factor = (k: bigint, a: number) => k * product + (65537n ** BigInt(a) % product);
    const [p, q] = [factor(1n << 53n, 1234), factor((1n << 54n) + 12_345n, 4321)];
    expect(primes).toHaveLength(126);
    expect(ruleOf(rsa(65537n, p * q))).toBe('roca');
    expect(ruleOf(rsa(65537n, p * withoutSmallFactor(q + 2n)))).toBeNull();
  });

  test('a point that is not on its curve', () => {
    for (const { text } of opensshKeys.filter((key) => key.text.startsWith('ecdsa'))) {
      const blob = blobOf(text);
      blob.writeUInt8(blob.readUInt8(blob.length - 1) ^ 1, blob.length - 1);
      expect(ruleOf(blob.toString('base64'))).toBe('public_key');
    }
    expect(ruleOf(line('ecdsa-sha2-nistp256', Buffer.from('nistp256'), Buffer.alloc(65, 4)))).toBe('public_key');
  });

  test('an Ed25519 point that is not on the curve, not reduced, or of small order (RFC 8032 §5.1.3)', () => {
    const order8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05';
    const negated = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
    const [zero, one, minusOne] = [little(0n), little(1n), little(2n ** 255n - 20n)];
    const small = [zero, one, minusOne, Buffer.from(order8, 'hex'), Buffer.from(negated, 'hex')];
    const unreduced = [little(2n ** 255n - 19n), little(2n ** 255n - 16n), little(2n ** 255n - 1n)];
    // y = 2 is the smallest that belongs to no point; y = 3 does belong to one.
    for (const point of [...small, ...unreduced, little(2n)]) {
      const signed = Buffer.from(point);
      signed.writeUInt8(signed.readUInt8(31) | 0x80, 31);
      expect(ruleOf(line('ssh-ed25519', point))).toBe('public_key');
      expect(ruleOf(line('ssh-ed25519', signed))).toBe('public_key');
    }
    expect(ruleOf(line('ssh-ed25519', little(3n)))).toBeNull();
  });
});

describe('a key of another type is refused', () => {
  const point = ecBlob.subarray(-65);
  const name = (text: string) => Buffer.from(text);

  test('a curve that differs from the label or from the length of the point', () => {
    expect(parsePublicKey(line('ecdsa-sha2-nistp256', name('nistp256'), point))).toEqual(ecKey);
    expect(ruleOf(line('ecdsa-sha2-nistp256', name('nistp384'), point))).toBe('public_key');
    expect(ruleOf(line('ecdsa-sha2-nistp384', name('nistp256'), point))).toBe('public_key');
    expect(ruleOf(line('ecdsa-sha2-nistp384', name('nistp384'), point))).toBe('public_key');
    expect(ruleOf(line('ecdsa-sha2-secp256k1', name('secp256k1'), point))).toBe('key_type');
    expect(ruleOf(line('ecdsa-sha2-nistp224', name('nistp224'), point.subarray(0, 57)))).toBe('key_type');
  });

  test('a point that is compressed, hybrid or at infinity', () => {
    const parity = point.readUInt8(64) & 1;
    const points = [[2 + parity, ...point.subarray(1, 33)], [6 + parity, ...point.subarray(1)], [0], []];
    for (const bytes of points) {
      expect(ruleOf(line('ecdsa-sha2-nistp256', name('nistp256'), Buffer.from(bytes)))).toBe('public_key');
    }
    for (const pem of unusualEcPems) expect(ruleOf(pem)).toBe('public_key');
  });

  test('with a name of at most 64 characters, and none that is not printable', () => {
    expect(parsePublicKey(line('x'.repeat(64)))).toEqual({ rule: 'key_type', given: 'x'.repeat(64) });
    for (const type of ['x'.repeat(65), 'a b', 'a\u0000', '<b>', 'é']) expect(ruleOf(line(type))).toBe('public_key');
  });

  test('X25519, X448, Ed448, secp256k1, other curves and RSA-PSS in a PEM', () => {
    const pems = [
      publicPem(generateKeyPairSync('x25519')),
      publicPem(generateKeyPairSync('x448')),
      publicPem(generateKeyPairSync('ed448')),
      publicPem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })),
      ...['secp256k1', 'brainpoolP256r1', 'secp224r1'].map((namedCurve) => publicPem(generateKeyPairSync('ec', { namedCurve }))),
    ];
    for (const pem of pems) expect(['key_type', 'public_key']).toContain(ruleOf(pem));
    for (const type of ['ssh-curve25519', 'ssh-x25519', 'ssh-ed448']) {
      expect(ruleOf(line(type, edBlob.subarray(-32)))).toBe('key_type');
    }
  });
});

describe('a PEM is read to its last byte', () => {
  const spki = (text: string) => Buffer.from(encodePem(text).split('\r\n').slice(1, -1).join(''), 'base64');

  test('bytes after the key, or fewer than it has', () => {
    for (const text of [edLine, rsaLine, ecLine, dsaLine]) {
      const der = spki(text);
      expect(ruleOf(armour('PUBLIC KEY', der))).not.toBe('public_key');
      expect(ruleOf(armour('PUBLIC KEY', Buffer.concat([der, Buffer.alloc(1)])))).toBe('public_key');
      for (let length = 0; length < der.length; length += 1) {
        expect(ruleOf(armour('PUBLIC KEY', der.subarray(0, length)))).toBe('public_key');
      }
    }
  });

  test('an Ed25519 key of 31 bytes is not padded to another', () => {
    const der = Buffer.concat([Buffer.from('302906032b6570032000', 'hex'), edBlob.subarray(-31)]);
    const nested = Buffer.concat([Buffer.from('3029300506032b6570032000', 'hex'), edBlob.subarray(-31)]);
    for (const bytes of [der, nested]) expect(ruleOf(armour('PUBLIC KEY', bytes))).toBe('public_key');
  });

  test('a negative number is not read as a positive one', () => {
    const modulus = mpint(withoutSmallFactor(1n << 2047n)).subarray(1);
    const tail = Buffer.from('0203010001', 'hex');
    const negative = Buffer.concat([Buffer.from('3082010902820100', 'hex'), modulus, tail]);
    const positive = Buffer.concat([Buffer.from('3082010a0282010100', 'hex'), modulus, tail]);
    expect(ruleOf(armour('RSA PUBLIC KEY', positive))).toBeNull();
    expect(ruleOf(armour('RSA PUBLIC KEY', negative))).toBe('public_key');
  });

  test('a length in more bytes than necessary, and a label of another form', () => {
    const der = spki(edLine);
    const long = Buffer.concat([Buffer.from([0x30, 0x81, der.length - 2]), der.subarray(2)]);
    expect(ruleOf(armour('PUBLIC KEY', long))).toBe('public_key');
    expect(ruleOf(armour('RSA PUBLIC KEY', spki(rsaLine)))).toBe('public_key');
    expect(ruleOf(rsaForms.pkcs1.replaceAll('RSA PUBLIC', 'PUBLIC'))).toBe('public_key');
  });
});

describe('a damaged key never throws and is never read as another key', () => {
  const lines = { Ed25519: edLine, RSA: rsaLine, ECDSA: ecLine, DSA: dsaLine };
  const { fingerprint: _, ...forms } = rsaForms;
  const pems = { 'Ed25519 PEM': encodePem(edLine), 'ECDSA PEM': encodePem(ecLine), 'DSA PEM': dsaPem };

  test.each(Object.entries({ ...lines, ...forms, ...pems }))('%s, cut or with a letter changed', (_name, text) => {
    const random = generator(20_260_101);
    for (let round = 0; round < 150; round += 1) {
      expectSound(text.slice(0, random(text.length)));
      expectSound(text.slice(random(text.length)));
      expectSound(flipText(text, random));
    }
  });

  test.each(Object.entries(lines))('%s, with a bit of the blob flipped', (_name, text) => {
    const random = generator(4716);
    for (let round = 0; round < 150; round += 1) {
      const blob = blobOf(text);
      const at = random(blob.length);
      blob.writeUInt8(blob.readUInt8(at) ^ (1 << random(8)), at);
      expectSound(blob.toString('base64'));
    }
  });
});

describe('a fingerprint is recognized in each form', () => {
  const bare = 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';

  const hex = Buffer.from(bare, 'base64').toString('hex');
  const colons = (digits: string) => digits.replaceAll(/..(?=.)/g, '$&:');
  const md5 = '0123456789abcdef0123456789abcdef';

  test('of SHA-256: with or without prefix and padding, url-safe, in hexadecimal digits, in a line of ssh-keygen', () => {
    const texts = [bare, `${bare}=`, bare.replaceAll('+', '-').replaceAll('/', '_'), hex, hex.toUpperCase(), colons(hex)];
    for (const text of texts.flatMap((text) => [text, `SHA256:${text}`, `sha256:${text}`, ` ${text}\n`])) {
      expect([text, readFingerprint(text)]).toEqual([text, { hash: 'sha256', value: bare }]);
    }
    expect(readFingerprint(`256 SHA256:${bare} me@host (ED25519)`)).toEqual({ hash: 'sha256', value: bare });
  });

  test('of MD5: with or without prefix and colons', () => {
    for (const text of [md5, colons(md5), `MD5:${colons(md5)}`, `md5:${md5}`, `2048 MD5:${colons(md5).toUpperCase()} me (RSA)`]) {
      expect([text, readFingerprint(text)]).toEqual([text, { hash: 'md5', value: md5 }]);
    }
  });

  test('and any other text is none', () => {
    const texts = ['', 'abc', bare.slice(1), `${bare}A`, `${bare}==`, `MD5:${bare}`, `SHA256:${md5}`, `${bare} ${bare}`, `SHA1:${bare}`];
    for (const text of [...texts, hex.slice(2), `${hex}00`, `:${colons(md5)}`, 'SHA256:', 'A'.repeat(191)]) {
      expect([text, readFingerprint(text)]).toEqual([text, null]);
    }
  });
});

function lineOf(key: ReturnType<typeof parsePublicKey> | undefined): string {
  if (!key || 'rule' in key) throw new Error(`expected a key and got ${key?.rule}`);
  return key.line;
}

/** The rule that a text breaks; null for a public key. */
function ruleOf(text: string): string | null {
  const key = parsePublicKey(text);
  return 'rule' in key ? key.rule : null;
}

function blobOf(text: string): Buffer {
  return Buffer.from(text.split(' ')[1] ?? '', 'base64');
}

function line(type: string, ...fields: Buffer[]): string {
  const strings = [Buffer.from(type), ...fields].map((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return Buffer.concat([length, field]);
  });
  return `${type} ${Buffer.concat(strings).toString('base64')}`;
}

function rsa(exponent: bigint, modulus: bigint): string {
  return line('ssh-rsa', mpint(exponent), mpint(modulus));
}

/** The next odd number that has no prime up to 701 as a factor. */
function withoutSmallFactor(number: bigint): bigint {
  const primes = Array.from({ length: 700 }, (_, index) => BigInt(index + 2)).filter((prime) => checkPrimeSync(prime));
  let next = number | 1n;
  while (primes.some((prime) => next % prime === 0n)) next += 2n;
  return next;
}

function mpint(number: bigint): Buffer {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return bytes.readUInt8(0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
}

function little(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
}

function armour(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
}

function publicPem(pair: { publicKey: KeyObject }): string {
  return pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

/** Numbers below a bound from a fixed seed (Numerical Recipes' generator), so that a failure is repeatable. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function flipText(text: string, random: (bound: number) => number): string {
  const at = random(text.length);
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << random(7)));
  return text.slice(0, at) + flipped + text.slice(at + 1);
}

function expectSound(text: string): void {
  const key = parsePublicKey(text);
  if ('rule' in key) return;
  expect(parsePublicKey(key.line)).toEqual(key);
  expect(parsePublicKey(encodePem(key.line))).toEqual(key);
  expect(createHash('sha256').update(blobOf(key.line)).digest('base64')).toBe(`${key.fingerprint}=`);
}
