-- The previous release can run beside it: it adds a table. The two releases count in Redis under different names.
-- CreateTable
CREATE TABLE "settings" (
    "name" VARCHAR(64) NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("name")
);

INSERT INTO "settings" ("name", "value") VALUES ('id', gen_random_uuid());
