"""Accounts with passwords"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('changed_at', sa.Double(), nullable=True),
    sa.Column('invitation', sa.String(), nullable=False),
    sa.Column('invited_until', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['token'], ['api_tokens.id'], name=op.f('fk_accounts_token')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('name', name=op.f('uq_accounts_name')),
    )


def downgrade() -> None:
    op.drop_table('accounts')
